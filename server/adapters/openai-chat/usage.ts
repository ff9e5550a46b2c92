import type { Usage } from '#protocol/events.ts'
import { isObject } from '#server/upstream/provider-error.ts'

type JsonObject = Record<string, unknown>

/** xAI's unit of money: so many of its ticks are a US dollar. */
const TICKS_PER_USD = 10_000_000_000

/** Token counts of a `usage` object, and what the vendor says it cost; undefined when it holds no counts. */
export function toUsage(raw: JsonObject): Usage | undefined {
  const input = isObject(raw.prompt_tokens_details) ? raw.prompt_tokens_details : {}
  const output = isObject(raw.completion_tokens_details) ? raw.completion_tokens_details : {}
  const usage: Usage = {}
  set(usage, 'inputTokens', raw.prompt_tokens, raw.input_tokens)
  set(usage, 'outputTokens', raw.completion_tokens, raw.output_tokens)
  if (usage.inputTokens === undefined && usage.outputTokens === undefined) return undefined
  // DeepSeek and Together count cached tokens at the top level, Mistral did under a name of its own.
  const cached = [raw.prompt_cache_hit_tokens, raw.cached_tokens, raw.cache_read_input_tokens, raw.num_cached_tokens]
  set(usage, 'cachedInputTokens', input.cached_tokens, ...cached)
  set(usage, 'cacheWriteTokens', input.cache_write_tokens, input.cache_creation_tokens, raw.cache_creation_input_tokens)
  set(usage, 'reasoningTokens', output.reasoning_tokens, raw.reasoning_tokens)
  const cost = costUsd(raw)
  if (cost !== undefined) usage.costUsd = cost
  return usage
}

function set(usage: Usage, name: Exclude<keyof Usage, 'costUsd'>, ...candidates: unknown[]): void {
  for (const value of candidates) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) continue
    usage[name] = value
    return
  }
}

/** US dollars: OpenRouter's and Vercel's `cost`, Perplexity's `cost.total_cost`, xAI's ticks. */
function costUsd(raw: JsonObject): number | undefined {
  const { cost, cost_in_usd_ticks: ticks } = raw
  if (isAmount(ticks)) return ticks / TICKS_PER_USD
  if (isObject(cost)) return isAmount(cost.total_cost) ? cost.total_cost : undefined
  if (!isAmount(cost)) return undefined
  // With a key of one's own at the vendor behind it, OpenRouter's `cost` is but its fee.
  const details = raw.is_byok === true && isObject(raw.cost_details) ? raw.cost_details : {}
  return cost + (isAmount(details.upstream_inference_cost) ? details.upstream_inference_cost : 0)
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
