import type { EventSourceMessage } from 'eventsource-parser'
import type { GenerationEvent } from '#protocol/events.ts'
import type { ClientError } from './client-error.ts'
import { createReconnectingStream, type StreamContext } from './reconnecting-stream.ts'

/**
 * What a follower is told.
 * - `event`: the next event of the log, each exactly once and in order; `cursor` is its place.
 * - `queued`: still waiting for a worker; `position` is the number of the same user's generations before it.
 * - `connection`: `open` once the server answers, `lost` while waiting `retryInMs` for the next try.
 * - `restart`: the place is unknown to the log (a failover, say); everything comes again from the start, so the reader
 *   begins with an empty answer.
 */
export type Followed =
  | { type: 'event'; cursor: string; event: GenerationEvent }
  | { type: 'queued'; position: number }
  | { type: 'connection'; state: 'open' }
  | { type: 'connection'; state: 'lost'; retryInMs: number; error: ClientError }
  | { type: 'restart' }

export interface FollowOptions {
  /** Cursor of the last event that was seen; absent starts at the beginning of the log. */
  after?: string | undefined
  /** Ends the iteration quietly. */
  signal: AbortSignal
}

/**
 * Follows one generation across every drop until its end. Returns after the terminal event, or when the server says that
 * the end was already seen (204). Throws `ClientError` only for what no repetition can mend, such as an unknown id.
 */
export async function* follow(
  context: StreamContext,
  generationId: string,
  { after, signal }: FollowOptions,
): AsyncGenerator<Followed, void> {
  let cursor = after
  const stream = createReconnectingStream(context, {
    path: () => pathOf(generationId, cursor),
    mend(error) {
      if (cursor === undefined || !isForeignCursor(error)) return false
      cursor = undefined
      return true
    },
    read,
    signal,
  })
  for await (const item of stream) {
    if (item.type === 'done') return
    if (item.type === 'open') yield { type: 'connection', state: 'open' }
    else if (item.type === 'refused') yield { type: 'restart' }
    else if (item.type === 'lost')
      yield { type: 'connection', state: 'lost', retryInMs: item.retryInMs, error: item.error }
    else {
      const followed = item.told
      if (!followed) continue
      if (followed.type === 'event') {
        if (followed.cursor === cursor) continue
        cursor = followed.cursor
      }
      yield followed
      if (followed.type === 'event' && followed.event.type === 'end') return
    }
  }
}

function pathOf(generationId: string, cursor: string | undefined): string {
  const query = cursor === undefined ? '' : `?after=${encodeURIComponent(cursor)}`
  return `/api/v1/generations/${encodeURIComponent(generationId)}/events${query}`
}

type Told = Extract<Followed, { type: 'event' | 'queued' }>

function read(message: EventSourceMessage): Told | undefined {
  if (message.event === 'status') return readQueued(message.data)
  if (message.id === undefined) return undefined
  return { type: 'event', cursor: message.id, event: JSON.parse(message.data) as GenerationEvent }
}

function readQueued(data: string): Told | undefined {
  const status = JSON.parse(data) as { status?: unknown; position?: unknown }
  if (status.status !== 'queued' || typeof status.position !== 'number') return undefined
  return { type: 'queued', position: status.position }
}

function isForeignCursor(error: ClientError): boolean {
  return error.status === 409 || error.status === 410 || error.code === 'invalid-cursor'
}
