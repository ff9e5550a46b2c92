import { durationMs } from './duration.ts'

type Headers = Record<string, string | string[] | undefined>

/**
 * How long the headers of a reply ask to wait, in milliseconds; undefined when they do not say, or not in a readable way; a
 * time that has passed is 0. The first of these that says something:
 * - `retry-after-ms` (OpenAI, Azure);
 * - `Retry-After` as seconds or as an HTTP date (RFC 9110, 10.2.3);
 * - of the limits that are used up, the one that is whole again last.
 */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const milliseconds = first(headers['retry-after-ms'])
  if (milliseconds !== undefined && DECIMAL.test(milliseconds)) return Math.ceil(Number(milliseconds))
  const value = first(headers['retry-after'])
  return value === undefined ? untilLimitsReset(headers, now) : waitOf(value, now)
}

/**
 * The wait that a Google error asks for, in milliseconds: `google.rpc.RetryInfo` among its details, with a duration in
 * seconds such as `34s` or `34.07s`. Undefined when there is none.
 */
export function retryDelayMs(details: unknown): number | undefined {
  if (!Array.isArray(details)) return undefined
  for (const detail of details as unknown[]) {
    const delay =
      typeof detail === 'object' && detail !== null && 'retryDelay' in detail ? detail.retryDelay : undefined
    const seconds = typeof delay === 'string' ? /^(\d{1,9}(?:\.\d+)?)s$/.exec(delay)?.[1] : undefined
    if (seconds !== undefined) return Math.ceil(Number(seconds) * 1_000)
  }
  return undefined
}

/** The wait that an error asks for in words, as OpenAI, Groq and Azure write them; undefined when it does not. */
export function waitInWords(message: string): number | undefined {
  const words = WAIT_IN_WORDS.exec(message)?.[1]
  return words === undefined ? undefined : durationMs(words)
}

/** "Please try again in 6m0.5s. Visit …", "Please retry after 26 seconds." */
const WAIT_IN_WORDS = /(?:try again|retry) (?:in|after) (\d[\w. ]{0,60})/i
const DECIMAL = /^\d{1,9}(\.\d+)?$/
/** Smaller numbers are no times but seconds from now. */
const EARLIEST_TIME_S = 1_000_000_000
const EARLIEST_TIME_MS = EARLIEST_TIME_S * 1_000

function waitOf(value: string, now: number): number | undefined {
  if (DECIMAL.test(value)) return Math.ceil(Number(value) * 1_000)
  // `Date.parse` makes a date of nearly everything: "-1" is in the year 2001.
  const at = /^[a-z]{3}/i.test(value) ? Date.parse(value) : NaN
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}

/**
 * What remains of each limit, and when it is whole again: `anthropic-ratelimit-tokens-reset` as a time (RFC 3339),
 * `x-ratelimit-reset-tokens` as a duration (OpenAI, Groq), `x-ratelimit-reset` as milliseconds since 1970 (OpenRouter).
 */
function untilLimitsReset(headers: Headers, now: number): number | undefined {
  let wait: number | undefined
  for (const [name, value] of Object.entries(headers)) {
    const remaining = remainingHeader(name)
    if (remaining === undefined || first(headers[remaining]) !== '0') continue
    const until = untilReset(first(value) ?? '', now)
    if (until !== undefined) wait = Math.max(wait ?? 0, until)
  }
  return wait
}

function remainingHeader(name: string): string | undefined {
  const anthropic = /^(anthropic-ratelimit-[a-z-]+-)reset$/.exec(name)?.[1]
  if (anthropic !== undefined) return `${anthropic}remaining`
  const limit = /^x-ratelimit-reset(-[a-z-]+)?$/.exec(name)
  return limit ? `x-ratelimit-remaining${limit[1] ?? ''}` : undefined
}

function untilReset(value: string, now: number): number | undefined {
  const time = Number(value)
  if (time >= EARLIEST_TIME_MS) return Math.max(0, time - now)
  if (time >= EARLIEST_TIME_S) return Math.max(0, time * 1_000 - now)
  if (DECIMAL.test(value)) return Math.ceil(time * 1_000)
  const at = /^\d{4}-/.test(value) ? Date.parse(value) : NaN
  return Number.isNaN(at) ? durationMs(value) : Math.max(0, at - now)
}

function first(value: string | string[] | undefined): string | undefined {
  return (Array.isArray(value) ? value[0] : value)?.trim()
}
