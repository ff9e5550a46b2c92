import type { ModelPrice, TokenRates } from '#server/domain/model-facts.ts'
import { isObject } from '#server/upstream/provider-error.ts'

type Entry = Record<string, unknown>

const MILLION = 1_000_000
/** xAI counts in cents for a hundred million tokens. */
const XAI_UNITS = 10_000

/** What a vendor's list says that a model costs, in US dollars for a million tokens; undefined when it does not say. */
export function readPrice(entry: Entry): ModelPrice | undefined {
  if ('prompt_text_token_price' in entry) return readXaiPrice(entry)
  const { pricing } = entry
  if (!isObject(pricing)) return undefined
  // OpenRouter, and those who list as it asks them to.
  if ('prompt' in pricing) {
    const { prompt, completion, input_cache_read, input_cache_reads, input_cache_write, input_cache_writes } = pricing
    const cached = { read: input_cache_read ?? input_cache_reads, write: input_cache_write ?? input_cache_writes }
    return rates(perToken, prompt, completion, cached)
  }
  const { input, output, cached_input, input_cache_read, input_cache_write } = pricing
  // Vercel writes the price of one token, as text; Together that of a million, and 0 where it has none.
  if (typeof input === 'string')
    return rates(perToken, input, output, { read: input_cache_read, write: input_cache_write })
  return input === 0 && output === 0 ? undefined : rates(perMillion, input, output, { read: cached_input })
}

function readXaiPrice(entry: Entry): ModelPrice | undefined {
  const price = xaiRates(entry, '')
  const aboveTokens = Number(entry.long_context_threshold)
  const long = aboveTokens > 0 ? xaiRates(entry, '_long_context') : undefined
  return price && long ? { ...price, long: { ...long, aboveTokens } } : price
}

function xaiRates(entry: Entry, suffix: string): TokenRates | undefined {
  const read = entry[`cached_prompt_text_token_price${suffix}`]
  const toRate = (value: unknown) => amount(value, 1 / XAI_UNITS)
  return rates(toRate, entry[`prompt_text_token_price${suffix}`], entry[`completion_text_token_price${suffix}`], {
    read,
  })
}

function rates(
  toRate: (value: unknown) => number | undefined,
  inputPrice: unknown,
  outputPrice: unknown,
  cached: { read?: unknown; write?: unknown },
): TokenRates | undefined {
  const [input, output] = [toRate(inputPrice), toRate(outputPrice)]
  if (input === undefined || output === undefined) return undefined
  const [cachedInput, cacheWrite] = [toRate(cached.read), toRate(cached.write)]
  return {
    input,
    output,
    ...(cachedInput === undefined ? {} : { cachedInput }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
  }
}

function perToken(value: unknown): number | undefined {
  return amount(value, MILLION)
}

function perMillion(value: unknown): number | undefined {
  return amount(value, 1)
}

/** A price that is not known is negative at OpenRouter (for its router models). */
function amount(value: unknown, factor: number): number | undefined {
  const isNumber = typeof value === 'number' || (typeof value === 'string' && value.trim() !== '')
  const price = isNumber ? Number(value) : NaN
  // The product of a price for one token has digits that nobody wrote.
  return price >= 0 && Number.isFinite(price) ? Number((price * factor).toPrecision(12)) : undefined
}
