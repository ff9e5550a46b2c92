import type { GenerationEvent } from '#protocol/events.ts'

/** One event as it stands in its log. */
export interface LoggedEvent {
  generationId: string
  epoch: number
  seq: number
  type: GenerationEvent['type']
  /** The event encoded once, by its writer; holds no CR or LF. */
  json: string
}

/** One wire encoding of generations as server-sent events. Pure: the bytes are a function of the events alone. */
export interface StreamDialect {
  /** The frames of consecutive events of one generation. */
  encode(events: readonly LoggedEvent[]): string
  /** Says that the generation waits for a worker, and how many of the same user's wait before it. Has no id. */
  queued(generationId: string, position: number): string
}

/** A comment: keeps proxies and clients from taking a silent stream for a dead one. */
export const HEARTBEAT_FRAME = ':\n\n'

/** First bytes of a stream: a comment, at once, and how soon an `EventSource` should come back after a cut. */
export const OPENING_FRAME = ':\nretry: 1000\n\n'

/** One frame with a name; `data` must hold no CR or LF, as JSON never does. */
export function namedFrame(event: string, data: string): string {
  return `event: ${event}\ndata: ${data}\n\n`
}
