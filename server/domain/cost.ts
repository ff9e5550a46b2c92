import type { Usage } from '#protocol/events.ts'
import type { ModelPrice, TokenRates } from './model-facts.ts'
import type { ProviderKind } from './settings.ts'

/**
 * How a vendor counts the tokens that its prompt cache read or wrote: `within` the input tokens (OpenAI and those who speak
 * like it, Gemini, Ollama), or `beside` them (Anthropic: "total input tokens = cache_read + cache_creation + input").
 */
export type CachedTokens = 'within' | 'beside'

const TOKENS_PER_UNIT = 1_000_000

export function cachedTokensOf(kind: ProviderKind): CachedTokens {
  return kind === 'anthropic' ? 'beside' : 'within'
}

/**
 * What an answer cost in US dollars. Tokens for which there is no price of their own cost what others of their direction
 * cost; a vendor that names none costs nothing by this, so ask only where at least the output was counted.
 */
export function costOf(usage: Usage, price: ModelPrice, cached: CachedTokens): number {
  const { inputTokens = 0, outputTokens = 0, cachedInputTokens: read = 0, cacheWriteTokens: written = 0 } = usage
  const plain = cached === 'beside' ? inputTokens : Math.max(0, inputTokens - read - written)
  const { input, output, cachedInput, cacheWrite } = ratesFor(plain + read + written, price)
  const total = plain * input + read * (cachedInput ?? input) + written * (cacheWrite ?? input) + outputTokens * output
  return total / TOKENS_PER_UNIT
}

/** A long prompt makes the whole request dearer, not only what is above the threshold. */
function ratesFor(promptTokens: number, price: ModelPrice): TokenRates {
  return price.long && promptTokens > price.long.aboveTokens ? price.long : price
}
