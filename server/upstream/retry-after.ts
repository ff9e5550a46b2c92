/**
 * How long a reply asks to wait, in milliseconds: `retry-after-ms` (OpenAI, Azure), else `Retry-After` as seconds or as an
 * HTTP date (RFC 9110, 10.2.3). Undefined when it does not say, or not in a readable way; a date that has passed is 0.
 */
export function retryAfterMs(headers: Record<string, string | string[] | undefined>, now: number): number | undefined {
  const milliseconds = first(headers['retry-after-ms'])
  if (milliseconds !== undefined && DECIMAL.test(milliseconds)) return Math.ceil(Number(milliseconds))
  const value = first(headers['retry-after'])
  if (value === undefined) return undefined
  if (DECIMAL.test(value)) return Math.ceil(Number(value) * 1_000)
  // `Date.parse` makes a date of nearly everything: "-1" is in the year 2001.
  const at = /^[a-z]{3}/i.test(value) ? Date.parse(value) : NaN
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}

const DECIMAL = /^\d{1,9}(\.\d+)?$/

function first(value: string | string[] | undefined): string | undefined {
  return (Array.isArray(value) ? value[0] : value)?.trim()
}
