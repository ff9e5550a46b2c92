import type { Answer } from '#protocol/messages.ts'
import type { Clock } from '#server/ports/clock.ts'
import type { EventLog } from '#server/ports/event-log.ts'
import type { Store } from '#server/ports/store.ts'
import { foldLog } from './fold-log.ts'

/**
 * Projects a sealed log onto its message now: its worker does so too, but a moment after readers were given the end.
 * Returns the answer; undefined when the log is not sealed, or no longer kept.
 */
export async function settleSealed(
  { log, store, clock }: { log: EventLog; store: Store; clock: Clock },
  generationId: string,
): Promise<Answer | undefined> {
  const tail = await log.tail(generationId)
  const answer = tail?.sealed ? await foldLog(log, generationId) : undefined
  if (answer) await store.settle(generationId, answer, clock.now())
  return answer
}
