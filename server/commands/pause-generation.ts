import type { Cursor } from '#protocol/cursor.ts'
import { RequestError } from '#server/domain/errors.ts'
import type { EventLog } from '#server/ports/event-log.ts'
import type { GenerationRow, Store } from '#server/ports/store.ts'

/**
 * Holds what every client shows of a generation at a cursor, the newest logged one unless another is given; the model goes
 * on into the log. Null lets them go on. Also of a generation that has ended.
 */
export async function pauseGeneration(
  { store, log }: { store: Store; log: EventLog },
  { userId, generationId, at }: { userId: string; generationId: string; at: Cursor | 'newest' | null },
): Promise<GenerationRow> {
  const known = await store.getGeneration(userId, generationId)
  if (!known) throw unknown()
  const generation = await store.setPause(userId, generationId, at === null ? null : await placeIn(log, known.id, at))
  if (!generation) throw unknown()
  return generation
}

async function placeIn(log: EventLog, generationId: string, at: Cursor | 'newest'): Promise<Cursor> {
  const tail = await log.tail(generationId)
  const newest = { epoch: tail?.epoch ?? 0, seq: tail?.seq ?? 0 }
  if (at === 'newest') return newest
  if (at.epoch <= newest.epoch && at.seq <= newest.seq) return at
  throw new RequestError(
    'cursor-beyond-tail',
    'Nothing stands at that place yet. Use the cursor of an event that you have seen, or leave it out.',
  )
}

function unknown(): RequestError {
  return new RequestError('unknown-generation', 'There is no such generation.')
}
