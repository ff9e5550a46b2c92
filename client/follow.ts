import type { GenerationEvent } from '#protocol/events.ts'
import { ClientError, errorOf } from './client-error.ts'
import { readEvents } from './read-events.ts'
import type { RequestContext } from './request-json.ts'
import { backoffMs, wait, type Backoff } from './wait.ts'

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

export interface FollowContext extends RequestContext {
  stallMs: number
  reconnect: Backoff
  /** After a wake-up a connection without a byte for this long counts as dead. */
  suspectMs: number
  now: () => number
}

/**
 * Follows one generation across every drop until its end. Returns after the terminal event, or when the server says that
 * the end was already seen (204). Throws `ClientError` only for what no repetition can mend, such as an unknown id.
 */
export async function* follow(
  context: FollowContext,
  generationId: string,
  { after, signal }: FollowOptions,
): AsyncGenerator<Followed, void> {
  let cursor = after
  let failures = 0
  while (!signal.aborted) {
    const connection = createConnection(context, signal)
    let error: ClientError
    try {
      const response = await connection.open(generationId, cursor)
      if (response.status === 204) return
      yield { type: 'connection', state: 'open' }
      const messages = readEvents(response.body!, { stallMs: context.stallMs, onBytes: connection.onBytes })
      for await (const message of messages) {
        failures = 0
        if (message.event === 'status') {
          const queued = readQueued(message.data)
          if (queued) yield queued
          continue
        }
        const event = JSON.parse(message.data) as GenerationEvent
        if (message.id === undefined || message.id === cursor) continue
        cursor = message.id
        yield { type: 'event', cursor, event }
        if (event.type === 'end') return
      }
      error = new ClientError('network')
    } catch (cause) {
      if (signal.aborted) return
      error = asClientError(cause)
      if (cursor !== undefined && isForeignCursor(error)) {
        cursor = undefined
        yield { type: 'restart' }
        continue
      }
      if (!error.passing) throw error
    } finally {
      connection.close()
    }
    if (signal.aborted) return
    failures += 1
    const retryInMs = Math.max(backoffMs(context.reconnect, failures, context.random), error.retryAfterMs ?? 0)
    yield { type: 'connection', state: 'lost', retryInMs, error }
    await wait(retryInMs, signal, context.onWake)
  }
}

/** One request for the stream, closed by the caller's signal, by `close`, or by a wake-up that finds it silent. */
function createConnection(context: FollowContext, signal: AbortSignal) {
  const closer = new AbortController()
  let lastByteAt = context.now()
  const unsubscribe = context.onWake?.(() => {
    if (context.now() - lastByteAt > context.suspectMs) closer.abort()
  })
  return {
    onBytes() {
      lastByteAt = context.now()
    },
    async open(generationId: string, cursor: string | undefined): Promise<Response> {
      const query = cursor === undefined ? '' : `?after=${encodeURIComponent(cursor)}`
      const path = `/api/v1/generations/${encodeURIComponent(generationId)}/events${query}`
      const late = setTimeout(() => closer.abort(), context.timeoutMs)
      try {
        const response = await context.fetch(context.baseUrl + path, {
          headers: { accept: 'text/event-stream' },
          signal: AbortSignal.any([signal, closer.signal]),
        })
        if (!response.ok) throw await errorOf(response)
        if (response.status !== 204 && !isEventStream(response)) throw new ClientError('bad-response', { status: 502 })
        return response
      } finally {
        clearTimeout(late)
      }
    },
    close() {
      unsubscribe?.()
      closer.abort()
    },
  }
}

/** A captive portal or a proxy answers 200 with a page of its own; that passes, so it is tried again. */
function isEventStream(response: Response): boolean {
  return response.body !== null && (response.headers.get('content-type') ?? '').includes('text/event-stream')
}

function readQueued(data: string): Followed | undefined {
  const status = JSON.parse(data) as { status?: unknown; position?: unknown }
  if (status.status !== 'queued' || typeof status.position !== 'number') return undefined
  return { type: 'queued', position: status.position }
}

function isForeignCursor(error: ClientError): boolean {
  return error.status === 409 || error.status === 410 || error.code === 'invalid-cursor'
}

function asClientError(cause: unknown): ClientError {
  return cause instanceof ClientError ? cause : new ClientError('network', { cause })
}
