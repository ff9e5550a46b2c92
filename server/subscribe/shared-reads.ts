import type { Cursor } from '#protocol/cursor.ts'
import type { EventLog, LogRow, ReadResult } from '#server/ports/event-log.ts'

/** For so long a read serves others too: those who come back after a restart, say, come within moments of each other. */
const KEEP_MS = 250
const MAX_KEPT_CHARACTERS = 4 * 1024 * 1024

/**
 * Reads of logs that serve everyone who comes to the same place within a moment: they get the same array, read once and
 * so encoded once. Only a read after which there was more is shared, because its rows are what they are for ever; one
 * that reached the log's end is out of date with the next event.
 */
export function createSharedReads(
  log: Pick<EventLog, 'read'>,
  limit: number,
): (generationId: string, after: Cursor) => Promise<ReadResult> {
  const kept = new Map<string, Promise<ReadResult>>()
  let keptCharacters = 0

  function account(rows: readonly LogRow[]): void {
    if (keptCharacters === 0) setTimeout(forget, KEEP_MS).unref()
    for (const { json } of rows) keptCharacters += json.length
    if (keptCharacters > MAX_KEPT_CHARACTERS) forget()
  }

  function forget(): void {
    kept.clear()
    keptCharacters = 0
  }

  return async (generationId, after) => {
    const place = `${after.epoch}-${after.seq} ${generationId}`
    const underWay = kept.get(place)
    const shared = underWay && (await underWay)
    if (shared?.ok && shared.more) return shared
    const reading = log.read(generationId, after, limit)
    kept.set(place, reading)
    let isWhole = false
    try {
      const result = await reading
      isWhole = result.ok && result.more
      if (result.ok && result.more) account(result.rows)
      return result
    } finally {
      if (!isWhole) kept.delete(place)
    }
  }
}
