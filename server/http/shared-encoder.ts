import type { StreamDialect } from '#server/dialects/stream-dialect.ts'
import type { LogRow } from '#server/ports/event-log.ts'
import { encodeFrames, type EncodedFrames } from './sse-response.ts'

/** Encodings of one dialect, shared by all who follow. */
export interface SharedEncoder {
  encode(rows: readonly LogRow[]): EncodedFrames
  /** Lets go of what it remembers. */
  forget(): void
}

/** Enough for readers who catch up side by side; about 10 MB at the very most, and only until they are forgotten. */
const REMEMBERED = 16

/**
 * Encodes rows once however many follow: all who stand at the same place are handed the same array, at once where it
 * comes live and shortly after one another where they catch up.
 */
export function createSharedEncoder(dialect: StreamDialect): SharedEncoder {
  let remembered: { rows: readonly LogRow[]; frames: EncodedFrames }[] = []
  let next = 0
  return {
    encode(rows) {
      for (const known of remembered) if (known.rows === rows) return known.frames
      const frames = encodeFrames(dialect.encode(rows))
      remembered[next] = { rows, frames }
      next = (next + 1) % REMEMBERED
      return frames
    },
    forget() {
      remembered = []
      next = 0
    },
  }
}
