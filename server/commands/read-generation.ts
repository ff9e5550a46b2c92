import { isTerminal } from '#server/domain/states.ts'
import type { Clock } from '#server/ports/clock.ts'
import type { EventLog } from '#server/ports/event-log.ts'
import type { GenerationRow, Store } from '#server/ports/store.ts'
import { settleSealed } from './settle-sealed.ts'

/** A generation as its log tells it: whoever has read its end finds that it has ended. */
export async function readGeneration(
  deps: { log: EventLog; store: Store; clock: Clock },
  userId: string,
  generationId: string,
): Promise<GenerationRow | undefined> {
  const generation = await deps.store.getGeneration(userId, generationId)
  if (!generation || isTerminal(generation.status)) return generation
  return (await settleSealed(deps, generationId)) ? deps.store.getGeneration(userId, generationId) : generation
}
