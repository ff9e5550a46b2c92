import type { StreamDialect } from '#server/dialects/stream-dialect.ts'
import type { LogRow } from '#server/ports/event-log.ts'
import { encodeFrames, type EncodedFrames } from './sse-response.ts'

/** Shorter frames are as quickly made as found again. */
const WORTH_KEEPING_BYTES = 4_096

/**
 * Encodes rows once however many follow: all who stand at the same place are handed the same array, one after another
 * where it comes live, and within moments where they catch up side by side. What is kept lives as long as its rows.
 */
export function createSharedEncoder(dialect: StreamDialect): (rows: readonly LogRow[]) => EncodedFrames {
  const kept = new WeakMap<readonly LogRow[], EncodedFrames>()
  let lastRows: readonly LogRow[] | undefined
  let lastFrames: EncodedFrames | undefined
  return (rows) => {
    if (rows === lastRows && lastFrames) return lastFrames
    const known = kept.get(rows)
    if (known) return known
    const frames = encodeFrames(dialect.encode(rows))
    if (frames.length >= WORTH_KEEPING_BYTES) kept.set(rows, frames)
    lastRows = rows
    lastFrames = frames
    return frames
  }
}
