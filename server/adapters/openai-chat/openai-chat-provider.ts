import type { GenerationError } from '#protocol/provider-error.ts'
import type { ProviderSettings } from '#server/domain/settings.ts'
import { ProviderFailure, type Provider, type ProviderEvent, type ProviderRequest } from '#server/ports/provider.ts'
import { Agent, type Dispatcher } from 'undici'
import { createBatchQueue } from './batch-queue.ts'
import { toChatRequest } from './chat-request.ts'
import { listModels } from './model-list.ts'
import { failure } from './provider-error.ts'
import { createRedact, type Redact } from './redact.ts'
import { createReplyReader, type ReplyReader } from './reply-reader.ts'
import { openUpstream, type Upstream, type UpstreamLimits, type UpstreamRequest } from './upstream.ts'
import { chatEndpoint, chatVendor, type ChatVendor } from './vendors.ts'

export interface OpenAiChatOptions {
  settings: ProviderSettings
  limits: UpstreamLimits
  /** Carries the requests; one of its own when absent. */
  dispatcher?: Dispatcher
  /** Milliseconds UTC, for a `Retry-After` that is a date. */
  now?: () => number
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

interface Deps {
  vendor: ChatVendor
  settings: ProviderSettings
  limits: UpstreamLimits
  dispatcher: Dispatcher
  redact: Redact
  now: () => number
}

/** A model vendor that speaks OpenAI Chat Completions: OpenAI itself, and every server at a base URL that does as it does. */
export function createOpenAiChatProvider(options: OpenAiChatOptions): Provider {
  const { settings, limits, now = Date.now } = options
  const vendor = chatVendor(settings.id)
  const redact = createRedact(settings.apiKey)
  const dispatcher = options.dispatcher ?? createDispatcher(limits)
  const deps: Deps = { vendor, settings, limits, dispatcher, redact, now }
  return {
    id: settings.id,
    local: settings.local,
    stream: (request, signal) => ({ [Symbol.asyncIterator]: () => createAnswerIterator(deps, request, signal) }),
    models: (signal) => listModels({ ...deps, request: modelsRequest(deps) }, signal),
  }
}

/** HTTP/1.1 alone: there, closing a request closes its connection, and no vendor can overlook that. */
function createDispatcher(limits: UpstreamLimits): Dispatcher {
  return new Agent({ allowH2: false, connect: { timeout: limits.connectTimeoutMs } })
}

/** The request is sent with the first `next`. */
function createAnswerIterator(
  deps: Deps,
  request: ProviderRequest,
  signal: AbortSignal,
): AsyncIterator<readonly ProviderEvent[], undefined> {
  let upstream: Upstream | undefined
  let reader: ReplyReader | undefined
  let started = false
  let over = false
  const queue = createBatchQueue(() => upstream?.resume())

  function start(): void {
    started = true
    if (signal.aborted) return cancel()
    const toSend = answerRequest(deps, request)
    if ('error' in toSend) return finish([{ type: 'error', error: toSend.error }])
    signal.addEventListener('abort', cancel, { once: true })
    upstream = openUpstream(deps.dispatcher, toSend, deps.limits, deps.redact, {
      onHead(status, headers) {
        reader = createReplyReader(status, headers, deps)
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
    if (reader.isEnded()) return endEarly(events.at(-1)?.type === 'finish')
    if (reader.isFinished()) upstream?.shortenIdleTimeout(FINISHED_IDLE_TIMEOUT_MS)
    if (queue.waitingCharacters() > MAX_WAITING_CHARACTERS) upstream?.pause()
  }

  /**
   * The answer has ended although the connection may stay open: the reader does not wait for that. After a good answer the
   * reply is left some time to end by itself, so that its connection can be used again.
   */
  function endEarly(isGood: boolean): void {
    finish([])
    const connection = upstream
    if (!isGood) connection?.close()
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

function answerRequest(deps: Deps, request: ProviderRequest): UpstreamRequest | { error: GenerationError } {
  const { vendor } = deps
  try {
    const headers = requestHeaders(deps, 'text/event-stream')
    headers['content-type'] = 'application/json'
    if (vendor.requestIdHeader !== undefined) headers[vendor.requestIdHeader] = request.generationId
    const url = chatEndpoint(vendor, deps.settings.baseUrl, '/chat/completions')
    return { method: 'POST', url, headers, body: JSON.stringify(toChatRequest(request, vendor)) }
  } catch (error) {
    if (error instanceof ProviderFailure) return { error: error.error }
    return { error: failure('bad-request', error instanceof Error ? error.message : String(error), deps.redact) }
  }
}

function modelsRequest(deps: Deps): UpstreamRequest {
  const url = chatEndpoint(deps.vendor, deps.settings.baseUrl, '/models')
  return { method: 'GET', url, headers: requestHeaders(deps, 'application/json') }
}

function requestHeaders({ settings }: Deps, accept: string): Record<string, string> {
  // Compression would hold tokens back in the sender's buffers.
  const headers: Record<string, string> = { accept, 'accept-encoding': 'identity', 'user-agent': 'millrace' }
  if (settings.apiKey !== undefined && settings.apiKey !== '') headers.authorization = `Bearer ${settings.apiKey}`
  return headers
}
