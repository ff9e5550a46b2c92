import type { GenerationError } from '#protocol/provider-error.ts'
import type { ProviderRequest } from '#server/ports/provider.ts'
import type { ModelRecord } from '#server/ports/store.ts'
import type { AnswerReader } from './answer-reader.ts'
import type { Framing } from './body-decoder.ts'
import type { UpstreamRequest } from './exchange.ts'
import type { Redact } from './redact.ts'

/** Where an instance is, and what opens it. */
export interface Credentials {
  /** Without a trailing slash. */
  baseUrl: string
  apiKey: string | undefined
}

/** What is sent for one answer. */
export interface AnswerRequest extends UpstreamRequest {
  /** Parameters of the API that the vendor or the model does not take; they were not sent. */
  leftOut?: readonly string[]
  /** The answer goes on at its vendor when the connection closes: it is stopped by its handle, and can be taken up again. */
  outlives?: boolean
}

/** One exchange of an answer's that ended in an error. */
export interface EndedExchange {
  sent: AnswerRequest
  error: GenerationError
  /** As it was asked; with `resume` for where the answer stands now, once it has a handle. */
  request: ProviderRequest
}

/** What is sent instead, or next, for the same answer. */
export interface FollowUp {
  toSend: AnswerRequest
  request: ProviderRequest
  afterMs: number
}

/** One vendor protocol: what goes out, and what comes in. Pure, but for `listModels`, which asks through its argument. */
export interface Wire {
  framing: Framing
  /** Throws a `ProviderFailure` for what cannot be sent as it was asked. */
  toRequest(request: ProviderRequest, credentials: Credentials): AnswerRequest
  createAnswer(redact: Redact, request: ProviderRequest): AnswerReader
  /** How to get on with an answer after such an end, where the vendor has a way of its own for it; undefined elsewhere. */
  followUp?(ended: EndedExchange, credentials: Credentials): FollowUp | undefined
  /** Ends an answer at its vendor that outlives its connection. */
  stop?(handle: string, credentials: Credentials): UpstreamRequest
  /** The models that can chat, each once; undefined when the vendor's answer is no list. Throws what `ask` throws. */
  listModels(ask: AskJson, credentials: Credentials): Promise<ModelRecord[] | undefined>
}

/** Sends a request and parses the whole reply. Throws a `ProviderFailure` for every other reply than 2xx with JSON. */
export type AskJson = (request: UpstreamRequest) => Promise<unknown>

/** Headers of every request. Compression would hold tokens back in the sender's buffers. */
export function requestHeaders(accept: 'text/event-stream' | 'application/json'): Record<string, string> {
  return { accept, 'accept-encoding': 'identity', 'user-agent': 'millrace' }
}

/** The base URL with a path appended. A query in it (`?api-version=…`) is kept. */
export function endpoint(baseUrl: string, path: string): URL {
  const url = new URL(baseUrl)
  url.pathname = url.pathname.replace(/\/+$/, '') + path
  return url
}
