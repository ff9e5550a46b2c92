import type { Clock } from '#server/ports/clock.ts'
import type { EventLog } from '#server/ports/event-log.ts'
import type { Store } from '#server/ports/store.ts'
import { readEndedLog } from './read-ended-log.ts'

/**
 * Projects a sealed log onto its message now: its worker does so too, but a moment after readers were given the end. Says
 * whether the generation has ended.
 */
export async function settleSealed(
  { log, store, clock }: { log: EventLog; store: Store; clock: Clock },
  generationId: string,
): Promise<boolean> {
  const tail = await log.tail(generationId)
  const ended = tail?.sealed ? await readEndedLog(log, generationId) : undefined
  if (!ended) return false
  await store.settle(generationId, ended.answer, clock.now())
  return true
}
