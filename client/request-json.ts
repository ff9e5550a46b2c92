import { ClientError, errorOf } from './client-error.ts'
import { backoffMs, wait, type Backoff } from './wait.ts'

export interface JsonRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal | undefined
  /** How often to try in all when no reply came or the server was busy; only for requests that may be repeated. */
  tries?: number
}

export interface RequestContext {
  baseUrl: string
  fetch: typeof fetch
  timeoutMs: number
  backoff: Backoff
  random: () => number
  onWake?: ((listener: () => void) => () => void) | undefined
}

/** One request with a JSON reply. Throws `ClientError`, or the abort reason of `request.signal`. */
export async function requestJson<Reply>(context: RequestContext, request: JsonRequest): Promise<Reply> {
  const tries = request.tries ?? 1
  const signal = request.signal ?? new AbortController().signal
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await requestOnce<Reply>(context, request, signal)
    } catch (error) {
      if (!(error instanceof ClientError) || !error.passing || attempt >= tries) throw error
      const pauseMs = Math.max(backoffMs(context.backoff, attempt, context.random), error.retryAfterMs ?? 0)
      await wait(pauseMs, signal, context.onWake)
      signal.throwIfAborted()
    }
  }
}

async function requestOnce<Reply>(context: RequestContext, request: JsonRequest, signal: AbortSignal): Promise<Reply> {
  const deadline = AbortSignal.timeout(context.timeoutMs)
  try {
    const headers: Record<string, string> = { accept: 'application/json', ...request.headers }
    if (request.body !== undefined) headers['content-type'] = 'application/json'
    const response = await context.fetch(context.baseUrl + request.path, {
      method: request.method,
      headers,
      signal: AbortSignal.any([signal, deadline]),
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    })
    if (!response.ok) throw await errorOf(response)
    if (response.status === 204) return undefined as Reply
    const text = await response.text()
    return parseReply<Reply>(text, response.status)
  } catch (cause) {
    signal.throwIfAborted()
    if (cause instanceof ClientError) throw cause
    throw new ClientError(deadline.aborted ? 'timeout' : 'network', { cause })
  }
}

function parseReply<Reply>(text: string, status: number): Reply {
  if (text === '') return undefined as Reply
  try {
    return JSON.parse(text) as Reply
  } catch (cause) {
    throw new ClientError('bad-response', { status, cause })
  }
}
