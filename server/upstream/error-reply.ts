import type { GenerationError } from '#protocol/provider-error.ts'
import { failure, findError, isObject, parseJson, toGenerationError } from './provider-error.ts'
import type { Redact } from './redact.ts'
import { retryAfterMs } from './retry-after.ts'

/** Header values by lower-case name. */
export type ReplyHeaders = Record<string, string | string[] | undefined>

/** Reads a reply whose status is not 2xx. `body` may be cut short; what it says is kept as far as it can be read. */
export function readErrorReply(
  reply: { status: number; headers: ReplyHeaders; body: string },
  now: number,
  redact: Redact,
): GenerationError {
  const { status, headers } = reply
  if (status < 400) return redirectRefused(status, headers, redact)
  const parsed = parseJson(reply.body)
  const raw = findError(parsed) ?? parsed ?? plainWords(reply.body)
  // Where nothing of this says it, the error itself may.
  const wait = retryAfterMs(headers, now) ?? retryAfterMs(passedOnHeaders(raw), now)
  return toGenerationError(raw, { status, ...(wait === undefined ? {} : { retryAfterMs: wait }) }, redact)
}

/** OpenRouter puts the headers that it got from the vendor behind it into the error. */
function passedOnHeaders(raw: unknown): ReplyHeaders {
  const metadata = isObject(raw) && isObject(raw.metadata) ? raw.metadata : {}
  const headers = isObject(metadata.headers) ? Object.entries(metadata.headers) : []
  return Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), String(value)]))
}

/** What a web page says about itself. Its markup is of no use to anybody, and is never shown. */
export function pageTitle(html: string): string {
  const title = /<title[^>]{0,200}>([^<]{1,300})/i.exec(html)?.[1]
  return title?.replaceAll(/\s+/g, ' ').trim() ?? ''
}

function plainWords(body: string): string {
  const text = body.trim()
  if (text.startsWith('<')) return pageTitle(text)
  // A JSON body that was cut short is still better than no words at all.
  return /"message"\s*:\s*"([^"\\]+)/.exec(text)?.[1] ?? text
}

/** A key goes to its own instance's host alone, so nothing is ever followed. */
function redirectRefused(status: number, headers: ReplyHeaders, redact: Redact): GenerationError {
  const { location } = headers
  const target = typeof location === 'string' ? ` to ${location}` : ''
  const message = `The server answered with ${status}, a redirect${target}. Redirects are not followed; correct the base URL.`
  return { ...failure('bad-response', message, redact), status }
}
