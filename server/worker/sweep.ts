import type { Clock } from '#server/ports/clock.ts'
import type { EventLog } from '#server/ports/event-log.ts'
import type { Store } from '#server/ports/store.ts'
import { readAnswer } from './read-answer.ts'

const DAY_MS = 24 * 3_600_000
const MAX_ROWS = 10_000
/** How long a deletion can be undone. */
const UNDO_DELETE_MS = 30 * DAY_MS
/** How long a send can be repeated under its key. */
const REPEAT_MS = 7 * DAY_MS

/**
 * Repairs what a crash left between the log and its projection: generations whose log is sealed but whose row still says
 * otherwise. Also removes what was deleted long ago, the logs included. Returns the number of repaired generations.
 */
export async function sweep(deps: { log: EventLog; store: Store; clock: Clock }): Promise<number> {
  const { log, store, clock } = deps
  let repaired = 0
  for (const generation of await store.listUnsettled(MAX_ROWS)) {
    const tail = await log.tail(generation.id)
    if (!tail?.sealed) continue
    const past = await readAnswer(log, generation.id)
    if (past && (await store.settle(generation.id, past.answer, clock.now()))) repaired++
  }
  const now = clock.now()
  const purged = await store.purgeDeleted({ deletedBefore: now - UNDO_DELETE_MS, keysBefore: now - REPEAT_MS })
  for (const generationId of purged) await log.drop(generationId)
  if (purged.length > 0) await store.forgetLogs(purged)
  return repaired
}
