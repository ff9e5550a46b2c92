/**
 * A place in one generation's log, opaque to clients: `<epoch>-<seq>`. The epoch tells apart two texts that stand at the
 * same seq after a power loss. `0-0` is the place before the first event.
 */
export interface Cursor {
  epoch: number
  seq: number
}

export const LOG_START: Cursor = { epoch: 0, seq: 0 }

export function formatCursor(cursor: Cursor): string {
  return `${cursor.epoch}-${cursor.seq}`
}

/** Reads a cursor; undefined when the text is not one. */
export function parseCursor(text: string): Cursor | undefined {
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(text)
  if (!match) return undefined
  return { epoch: Number(match[1]), seq: Number(match[2]) }
}
