import type { Cursor } from '#protocol/cursor.ts'
import type { EventLog, LogRow, ReadResult } from '#server/ports/event-log.ts'

/** For so long a read serves others too: those who come back after a restart, say, come within moments of each other. */
const KEEP_MS = 250
const MAX_KEPT_CHARACTERS = 1024 * 1024
/** What holds more is read again: long rows are quick to read for their size, and heavy to hold. */
const MAX_SHARED_CHARACTERS = 64 * 1024

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

  /** Whether these rows are kept. */
  function keep(rows: readonly LogRow[]): boolean {
    let characters = 0
    for (const { json } of rows) characters += json.length
    if (characters > MAX_SHARED_CHARACTERS) return false
    if (keptCharacters === 0) setTimeout(forget, KEEP_MS).unref()
    keptCharacters += characters
    if (keptCharacters > MAX_KEPT_CHARACTERS) forget()
    return true
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
    let isKept = false
    try {
      const result = await reading
      if (result.ok && result.more) isKept = keep(result.rows)
      return result
    } finally {
      if (!isKept) kept.delete(place)
    }
  }
}
