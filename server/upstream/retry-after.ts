/**
 * How long a reply asks to wait, in milliseconds: `retry-after-ms` (OpenAI, Azure), else `Retry-After` as seconds or as an
 * HTTP date (RFC 9110, 10.2.3), else until the limits that are used up are whole again (Anthropic). Undefined when it does
 * not say, or not in a readable way; a date that has passed is 0.
 */
export function retryAfterMs(headers: Record<string, string | string[] | undefined>, now: number): number | undefined {
  const milliseconds = first(headers['retry-after-ms'])
  if (milliseconds !== undefined && DECIMAL.test(milliseconds)) return Math.ceil(Number(milliseconds))
  const value = first(headers['retry-after'])
  if (value === undefined) return untilLimitsReset(headers, now)
  if (DECIMAL.test(value)) return Math.ceil(Number(value) * 1_000)
  // `Date.parse` makes a date of nearly everything: "-1" is in the year 2001.
  const at = /^[a-z]{3}/i.test(value) ? Date.parse(value) : NaN
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}

/** Anthropic says of each limit what remains and when it is whole again (`anthropic-ratelimit-tokens-reset`, RFC 3339). */
function untilLimitsReset(headers: Record<string, string | string[] | undefined>, now: number): number | undefined {
  let wait: number | undefined
  for (const [name, value] of Object.entries(headers)) {
    const limit = /^anthropic-ratelimit-[a-z-]+-(?=reset$)/.exec(name)?.[0]
    if (limit === undefined || first(headers[`${limit}remaining`]) !== '0') continue
    const at = Date.parse(first(value) ?? '')
    if (!Number.isNaN(at)) wait = Math.max(wait ?? 0, at - now)
  }
  return wait
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

const DECIMAL = /^\d{1,9}(\.\d+)?$/

function first(value: string | string[] | undefined): string | undefined {
  return (Array.isArray(value) ? value[0] : value)?.trim()
}
