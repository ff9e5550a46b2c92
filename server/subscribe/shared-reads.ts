import type { Cursor } from '#protocol/cursor.ts'
import type { EventLog, ReadResult } from '#server/ports/event-log.ts'

/** For so long a read serves others too: those who come back after a restart, say, come within moments of each other. */
const KEEP_MS = 250
/** About 5 MB at the very most. */
const MAX_KEPT = 16

/**
 * Reads of logs that serve everyone who comes to the same place within a moment: they get the same array, read once and
 * so encoded once. Only a read after which there was more is shared, because its rows are what they are for ever; one
 * that reached the log's end is out of date with the next event.
 */
export function createSharedReads(
  log: Pick<EventLog, 'read'>,
  limit: number,
): (generationId: string, after: Cursor) => Promise<ReadResult> {
  const kept = new Map<string, ReadResult>()

  function keep(place: string, result: ReadResult): void {
    if (kept.size === 0) setTimeout(() => kept.clear(), KEEP_MS).unref()
    const [oldest] = kept.keys()
    if (kept.size >= MAX_KEPT && oldest !== undefined) kept.delete(oldest)
    kept.set(place, result)
  }

  return async (generationId, after) => {
    const place = `${after.epoch}-${after.seq} ${generationId}`
    const known = kept.get(place)
    if (known) return known
    const result = await log.read(generationId, after, limit)
    if (result.ok && result.more) keep(place, result)
    return result
  }
}
