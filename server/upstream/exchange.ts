import type { GenerationError } from '#protocol/provider-error.ts'
import type { Limits } from '#server/domain/settings.ts'
import type { Dispatcher } from 'undici'
import { openContentDecoding, type ContentDecoding } from './content-decoding.ts'
import { createDeadline } from './deadline.ts'
import type { ReplyHeaders } from './error-reply.ts'
import { messageOf, networkFailure } from './network-failure.ts'
import { failure } from './provider-error.ts'
import type { Redact } from './redact.ts'

export type UpstreamLimits = Pick<
  Limits,
  'connectTimeoutMs' | 'firstByteTimeoutMs' | 'idleTimeoutMs' | 'maxResponseBytes'
>

export interface UpstreamRequest {
  method: 'GET' | 'POST'
  url: URL
  headers: Record<string, string>
  body?: string
}

export interface UpstreamHandlers {
  onHead(status: number, headers: ReplyHeaders): void
  /** Decompressed bytes, valid during the call only. */
  onBytes(bytes: Uint8Array): void
  /** Once, and nothing follows; not after `close`. Without a failure the reply ended as HTTP says. */
  onEnd(failure?: GenerationError): void
}

/** One HTTP exchange. */
export interface Upstream {
  /** Closes the connection at once, or the request before it is sent. Safe at any time and twice. */
  close(): void
  /** Stops reading from the socket, and the idle clock with it. */
  pause(): void
  resume(): void
  /** From now on the rest is worth no more than this silence. */
  shortenIdleTimeout(idleTimeoutMs: number): void
}

/**
 * Sends the request through undici's `dispatch` and hands the bytes on as they come. All time-outs are kept here: undici's
 * own have a granularity of a second. Redirects are not followed.
 */
export function openUpstream(
  dispatcher: Dispatcher,
  request: UpstreamRequest,
  limits: UpstreamLimits,
  redact: Redact,
  handlers: UpstreamHandlers,
): Upstream {
  let controller: Dispatcher.DispatchController | undefined
  let decoding: ContentDecoding | undefined
  let idleTimeoutMs = limits.idleTimeoutMs
  let receivedBytes = 0
  let over = false
  /** Why the transport ended, while the decoding still gives out what it holds. */
  let cause: GenerationError | undefined
  const deadline = createDeadline((what) => fail(failure('timeout', what, redact)))
  let silence = describeSilence(idleTimeoutMs)

  function fail(reason: GenerationError): void {
    if (over) return
    stop()
    handlers.onEnd(reason)
  }

  function stop(): void {
    over = true
    deadline.clear()
    decoding?.destroy()
    controller?.abort(new Error('closed by the client'))
  }

  function expectMore(): void {
    deadline.set(idleTimeoutMs, silence)
  }

  function count(bytes: Uint8Array): boolean {
    receivedBytes += bytes.byteLength
    if (receivedBytes <= limits.maxResponseBytes) return true
    fail(failure('bad-response', `The reply is longer than ${limits.maxResponseBytes} bytes.`, redact))
    return false
  }

  function openDecoding(encoding: string): ContentDecoding | undefined {
    return openContentDecoding(encoding, {
      onBytes(bytes) {
        if (!over && count(bytes)) handlers.onBytes(bytes)
      },
      onDrain: () => controller?.resume(),
      onEnd(damaged) {
        if (over) return
        if (damaged)
          return fail(cause ?? failure('bad-response', `Damaged ${encoding} content: ${damaged.message}`, redact))
        over = true
        handlers.onEnd(cause)
      },
    })
  }

  /** The transport is over; what it brought is still given out. */
  function transportEnded(reason?: GenerationError): void {
    if (over) return
    deadline.clear()
    cause = reason
    if (decoding) decoding.end()
    else fail(reason ?? failure('bad-response', 'The server closed without a reply.', redact))
  }

  const dispatchHandler: Dispatcher.DispatchHandler = {
    onRequestStart(started) {
      controller = started
      if (over) return started.abort(new Error('closed by the client'))
      deadline.set(limits.firstByteTimeoutMs, `No byte of an answer within ${limits.firstByteTimeoutMs} ms.`)
    },
    onResponseStart(active, status, headers) {
      // Informational replies (100-199) come before the real one.
      if (over || status < 200) return
      // They would be kept for as long as the reply goes on, and with them the memory of everything that came with them.
      active.rawHeaders = null
      const encoding = String(headers['content-encoding'] ?? '')
      decoding = openDecoding(encoding)
      if (!decoding) return fail(failure('bad-response', `Unknown content-encoding "${encoding}".`, redact))
      handlers.onHead(status, headers)
    },
    onResponseData(active, bytes) {
      if (over || !decoding) return
      expectMore()
      if (!decoding.write(bytes)) active.pause()
    },
    onResponseEnd: () => transportEnded(),
    onResponseError(_controller, error) {
      transportEnded(networkFailure(error, { url: request.url, begun: decoding !== undefined }, redact))
    },
  }

  deadline.set(limits.connectTimeoutMs, `No connection within ${limits.connectTimeoutMs} ms.`)
  try {
    dispatcher.dispatch(
      {
        origin: request.url.origin,
        path: request.url.pathname + request.url.search,
        method: request.method,
        headers: request.headers,
        body: request.body ?? null,
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      dispatchHandler,
    )
  } catch (error) {
    // The caller's handlers never run before this function has returned.
    const reason = failure('bad-request', `The request cannot be sent: ${messageOf(error)}`, redact)
    queueMicrotask(() => fail(reason))
  }

  return {
    close() {
      if (!over) stop()
    },
    pause() {
      deadline.clear()
      controller?.pause()
    },
    resume() {
      if (over || !controller?.paused) return
      expectMore()
      controller.resume()
    },
    shortenIdleTimeout(timeoutMs) {
      if (over || timeoutMs >= idleTimeoutMs) return
      idleTimeoutMs = timeoutMs
      silence = describeSilence(timeoutMs)
      expectMore()
    },
  }
}

function describeSilence(timeoutMs: number): string {
  return `Silent for ${timeoutMs} ms in the middle of the answer.`
}
