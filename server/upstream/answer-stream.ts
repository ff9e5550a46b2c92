import type { GenerationError } from '#protocol/provider-error.ts'
import { ProviderFailure, type ProviderEvent, type ProviderRequest } from '#server/ports/provider.ts'
import type { Dispatcher } from 'undici'
import { createBatchQueue } from './batch-queue.ts'
import { openUpstream, type Upstream, type UpstreamLimits } from './exchange.ts'
import { failure } from './provider-error.ts'
import type { Redact } from './redact.ts'
import { createReplyReader, type ReplyReader } from './reply-reader.ts'
import type { AnswerRequest, Credentials, Wire } from './wire.ts'

export interface AnswerDependencies {
  wire: Wire
  credentials: Credentials
  limits: UpstreamLimits
  dispatcher: Dispatcher
  redact: Redact
  /** Milliseconds UTC. */
  now: () => number
}

/** One exchange out of several for the same answer. */
export interface ExchangeOptions {
  /** What to send; made of the request when absent. */
  toSend?: AnswerRequest
  /** Sees the events as soon as they are read, and whether the vendor has ended the answer. */
  onEvents?(events: readonly ProviderEvent[], isEnded: boolean): void
}

/**
 * Text that may wait for a slow reader before the socket is read no further. Far above what any model writes: a socket
 * that is not read loses what it holds when the other side resets.
 */
const MAX_WAITING_CHARACTERS = 4 * 1024 * 1024
/** Wait for usage and the protocol's end once the model has finished. */
const FINISHED_IDLE_TIMEOUT_MS = 5_000
/** Time for the reply to end by itself after the answer's end. */
const LINGER_MS = 500

/** Streams one answer over HTTP, as `Provider.stream` says. The request is sent with the first `next`. */
export function createAnswerIterator(
  deps: AnswerDependencies,
  request: ProviderRequest,
  signal: AbortSignal,
  exchange: ExchangeOptions = {},
): AsyncIterator<readonly ProviderEvent[], undefined> {
  let upstream: Upstream | undefined
  let reader: ReplyReader | undefined
  let started = false
  let over = false
  let isGood = false
  const queue = createBatchQueue(() => upstream?.resume())

  function start(): void {
    started = true
    if (signal.aborted) return cancel()
    const toSend = exchange.toSend ?? tryToRequest(deps, request)
    if ('error' in toSend) return finish([{ type: 'error', error: toSend.error }])
    signal.addEventListener('abort', cancel, { once: true })
    upstream = openUpstream(deps.dispatcher, toSend, deps.limits, deps.redact, {
      onHead(status, headers) {
        const { wire, redact, now } = deps
        const createAnswer = () => wire.createAnswer(redact, request)
        reader = createReplyReader(status, headers, { framing: wire.framing, createAnswer, redact, now })
        isGood = status < 300
        if (isGood && toSend.leftOut?.length) queue.add([{ type: 'left-out', parameters: [...toSend.leftOut] }])
        if (reader.isFinished()) upstream?.shortenIdleTimeout(FINISHED_IDLE_TIMEOUT_MS)
      },
      onBytes,
      onEnd: (reason) => finish(reader ? reader.end(reason) : endWithout(reason)),
    })
  }

  function onBytes(bytes: Uint8Array): void {
    if (over || !reader) return
    const events = reader.push(bytes)
    queue.add(events)
    tell(events)
    if (reader.isEnded()) return endEarly(events.at(-1)?.type === 'finish')
    if (reader.isFinished()) upstream?.shortenIdleTimeout(FINISHED_IDLE_TIMEOUT_MS)
    if (queue.waitingCharacters() > MAX_WAITING_CHARACTERS) upstream?.pause()
  }

  function tell(events: readonly ProviderEvent[]): void {
    if (events.length > 0) exchange.onEvents?.(events, isGood && reader?.isFinished() === true)
  }

  /**
   * The answer has ended although the connection may stay open: the reader does not wait for that. After a good answer the
   * reply is left some time to end by itself, so that its connection can be used again.
   */
  function endEarly(isComplete: boolean): void {
    finish([])
    const connection = upstream
    if (!isComplete) connection?.close()
    else setTimeout(() => connection?.close(), LINGER_MS).unref()
  }

  function cancel(): void {
    if (over) return
    upstream?.close()
    const reason = failure('cancelled', 'The request was cancelled.', deps.redact)
    finish(reader ? reader.end(reason) : endWithout(reason))
  }

  function endWithout(reason: GenerationError | undefined): ProviderEvent[] {
    return [{ type: 'error', error: reason ?? failure('bad-response', 'The server did not reply.', deps.redact) }]
  }

  function finish(events: readonly ProviderEvent[]): void {
    if (over) return
    over = true
    signal.removeEventListener('abort', cancel)
    queue.add(events)
    queue.close()
    tell(events)
  }

  return {
    next() {
      if (!started) start()
      return queue.next()
    },
    return() {
      started = true
      if (!over) upstream?.close()
      finish([])
      queue.discard()
      return Promise.resolve({ done: true, value: undefined })
    },
  }
}

export function tryToRequest(
  { wire, credentials, redact }: AnswerDependencies,
  request: ProviderRequest,
): AnswerRequest | { error: GenerationError } {
  try {
    return wire.toRequest(request, credentials)
  } catch (error) {
    if (error instanceof ProviderFailure) return { error: error.error }
    return { error: failure('bad-request', error instanceof Error ? error.message : String(error), redact) }
  }
}
