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
}

/** One vendor protocol: what goes out, and what comes in. Pure, but for `listModels`, which asks through its argument. */
export interface Wire {
  framing: Framing
  /** Throws a `ProviderFailure` for what cannot be sent as it was asked. */
  toRequest(request: ProviderRequest, credentials: Credentials): AnswerRequest
  createAnswer(redact: Redact, request: ProviderRequest): AnswerReader
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
