import type { GenerationError } from '#protocol/provider-error.ts'
import type { Provider, ProviderRequest } from '#server/ports/provider.ts'
import type { UpstreamRequest } from '#server/upstream/exchange.ts'
import { isObject, parseJson } from '#server/upstream/provider-error.ts'
import {
  endpoint,
  requestHeaders,
  type AnswerRequest,
  type Credentials,
  type EndedExchange,
  type FollowUp,
  type Wire,
} from '#server/upstream/wire.ts'
import { createWireProvider, type WireProviderOptions } from '#server/upstream/wire-provider.ts'
import { readHandle } from './resume-handle.ts'
import { createResponsesAnswer } from './responses-answer.ts'
import { readModelList } from './responses-models.ts'
import { leftOutOf, toResponsesRequest } from './responses-request.ts'

export interface ResponsesWireOptions {
  /** Whether responses go on at the vendor without their connection, to be resumed after a crash. It keeps them then. */
  background: boolean
}

/** Between two looks at a response that can no longer be streamed. */
const POLL_MS = 2_000

/** A model vendor that speaks OpenAI Responses. */
export function createResponsesProvider(options: WireProviderOptions): Provider {
  return createWireProvider(options, responsesWire({ background: options.settings.background === true }))
}

export function responsesWire(options: ResponsesWireOptions): Wire {
  return {
    framing: 'sse',
    createAnswer: (redact, request) => createResponsesAnswer(redact, request, options),
    toRequest: (request, credentials) =>
      request.resume ? resumeRequest(request, credentials) : answerRequest(request, credentials, options),
    followUp,
    stop: (handle, credentials) => ({
      method: 'POST',
      url: responseUrl(credentials, handle, '/cancel'),
      headers: { ...headers(credentials, 'application/json'), 'content-type': 'application/json' },
      body: '{}',
    }),
    async listModels(ask, credentials) {
      const url = endpoint(credentials.baseUrl, '/models')
      return readModelList(await ask({ method: 'GET', url, headers: headers(credentials, 'application/json') }))
    },
  }
}

function answerRequest(
  request: ProviderRequest,
  credentials: Credentials,
  options: ResponsesWireOptions,
): AnswerRequest {
  const { body, leftOut } = toResponsesRequest(request, options)
  const all = headers(credentials, 'text/event-stream')
  all['content-type'] = 'application/json'
  all['x-client-request-id'] = request.generationId
  const url = endpoint(credentials.baseUrl, '/responses')
  return { method: 'POST', url, headers: all, body: JSON.stringify(body), leftOut, outlives: options.background }
}

function resumeRequest(request: ProviderRequest, credentials: Credentials): AnswerRequest {
  const handle = request.resume?.handle ?? ''
  const { sequenceNumber } = readHandle(handle)
  const url = responseUrl(credentials, handle)
  url.searchParams.set('stream', 'true')
  if (sequenceNumber !== undefined) url.searchParams.set('starting_after', String(sequenceNumber))
  const all = headers(credentials, 'text/event-stream')
  return { method: 'GET', url, headers: all, leftOut: leftOutOf(request), outlives: true }
}

function responseUrl({ baseUrl }: Credentials, handle: string, path = ''): URL {
  const url = endpoint(baseUrl, `/responses/${encodeURIComponent(readHandle(handle).responseId)}${path}`)
  if (path === '') url.searchParams.append('include[]', 'reasoning.encrypted_content')
  return url
}

/**
 * - A response can be streamed for some minutes after it was asked for; after that it can only be looked at until it is over.
 * - Thoughts that another key or another server encrypted cannot be read: the vendor is asked without them.
 * - Some organisations are not shown summaries of thoughts: the vendor is asked for none.
 */
function followUp({ sent, error, request }: EndedExchange, credentials: Credentials): FollowUp | undefined {
  if (sent.method === 'POST' && !request.resume) {
    const body = withoutRefused(sent, error)
    return body === undefined ? undefined : { toSend: { ...sent, body }, request, afterMs: 0 }
  }
  if (!request.resume) return undefined
  const isGoingOn = error.providerCode === 'in_progress' || error.providerCode === 'queued'
  const look = lookAt(request, credentials, sent)
  if (isGoingOn && error.kind === 'incomplete') return { toSend: look, request, afterMs: POLL_MS }
  const cannotStream = error.status === 400 && sent.url.searchParams.has('stream')
  return cannotStream ? { toSend: look, request, afterMs: 0 } : undefined
}

function lookAt({ resume }: ProviderRequest, credentials: Credentials, { leftOut = [] }: AnswerRequest): AnswerRequest {
  const url = responseUrl(credentials, resume?.handle ?? '')
  return { method: 'GET', url, headers: headers(credentials, 'application/json'), leftOut, outlives: true }
}

/** The body again without what this error is about; undefined when it was about something else, or holds nothing of it. */
function withoutRefused(
  { body: sent }: UpstreamRequest,
  { providerCode, message }: GenerationError,
): string | undefined {
  const body = parseJson(sent ?? '')
  if (!isObject(body)) return undefined
  const { input, reasoning } = body
  if (providerCode === 'invalid_encrypted_content' || /encrypted content .*could not be/is.test(message)) {
    const kept = Array.isArray(input) ? input.filter((item) => !isObject(item) || item.type !== 'reasoning') : []
    return Array.isArray(input) && kept.length < input.length ? JSON.stringify({ ...body, input: kept }) : undefined
  }
  if (/reasoning[ ._]summar/i.test(message) && isObject(reasoning) && reasoning.summary !== undefined) {
    const { summary: _summary, ...rest } = reasoning
    return JSON.stringify({ ...body, reasoning: rest })
  }
  return undefined
}

function headers({ apiKey }: Credentials, accept: Parameters<typeof requestHeaders>[0]): Record<string, string> {
  const all = requestHeaders(accept)
  if (apiKey !== undefined && apiKey !== '') all.authorization = `Bearer ${apiKey}`
  return all
}
