import type { EventSourceMessage } from 'eventsource-parser'
import { ClientError, errorOf } from './client-error.ts'
import { readEvents } from './read-events.ts'
import type { RequestContext } from './request-json.ts'
import { backoffMs, wait, type Backoff } from './wait.ts'

export interface StreamContext extends RequestContext {
  stallMs: number
  reconnect: Backoff
  /** After a wake-up a connection without a byte for this long counts as dead. */
  suspectMs: number
  now: () => number
}

/**
 * - `open`: the server answers. `refused`: it does not take the place that was asked for, and is asked again at once.
 * - `lost`: the next try comes in `retryInMs`.
 * - `done`: the server says that there is nothing more to come (204); the last item.
 */
export type StreamItem<Told> =
  | { type: 'open' }
  | { type: 'message'; told: Told }
  | { type: 'refused' }
  | { type: 'lost'; retryInMs: number; error: ClientError }
  | { type: 'done' }

export interface StreamOptions<Told> {
  /** Asked before every connection. */
  path: () => string
  /** Whether another path can mend this refusal; changes what `path` will say. */
  mend: (error: ClientError) => boolean
  /** What a message says; one that it cannot read, and throws at, counts as a drop. */
  read: (message: EventSourceMessage) => Told
  signal: AbortSignal
}

export interface ReconnectingStream<Told> extends AsyncIterable<StreamItem<Told>> {
  /** Gives the connection up and opens the next one. */
  drop: () => void
}

/**
 * An event stream across every drop, until the caller leaves it or its signal aborts. Throws `ClientError` only for what no
 * repetition can mend. What stands between a client and the server may take either away without a word: so silence for
 * `stallMs` counts as a drop, and after a wake-up already silence for `suspectMs`.
 */
export function createReconnectingStream<Told>(
  context: StreamContext,
  options: StreamOptions<Told>,
): ReconnectingStream<Told> {
  let connection: Connection | undefined

  async function* items(): AsyncGenerator<StreamItem<Told>, void> {
    const { path, mend, read, signal } = options
    let failures = 0
    while (!signal.aborted) {
      connection = createConnection(context, signal)
      let error: ClientError
      try {
        const response = await connection.open(path())
        if (response.status === 204) return yield { type: 'done' }
        yield { type: 'open' }
        const messages = readEvents(response.body!, { stallMs: context.stallMs, onBytes: connection.onBytes })
        for await (const message of messages) {
          failures = 0
          yield { type: 'message', told: read(message) }
        }
        error = new ClientError('network')
      } catch (cause) {
        if (signal.aborted) return
        error = cause instanceof ClientError ? cause : new ClientError('network', { cause })
        if (mend(error)) {
          yield { type: 'refused' }
          continue
        }
        if (!error.passing) throw error
      } finally {
        connection.close()
      }
      if (signal.aborted) return
      failures += 1
      const retryInMs = Math.max(backoffMs(context.reconnect, failures, context.random), error.retryAfterMs ?? 0)
      yield { type: 'lost', retryInMs, error }
      await wait(retryInMs, signal, context.onWake)
    }
  }
  return { [Symbol.asyncIterator]: items, drop: () => connection?.close() }
}

type Connection = ReturnType<typeof createConnection>

/** One request for the stream, closed by the caller's signal, by `close`, or by a wake-up that finds it silent. */
function createConnection(context: StreamContext, signal: AbortSignal) {
  const closer = new AbortController()
  let lastByteAt = context.now()
  const unsubscribe = context.onWake?.(() => {
    if (context.now() - lastByteAt > context.suspectMs) closer.abort()
  })
  return {
    onBytes() {
      lastByteAt = context.now()
    },
    async open(path: string): Promise<Response> {
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
