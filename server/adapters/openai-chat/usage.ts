import type { Usage } from '#protocol/events.ts'
import { isObject } from '#server/upstream/provider-error.ts'

/** Token counts of a `usage` object; undefined when it holds none. */
export function toUsage(raw: Record<string, unknown>): Usage | undefined {
  const input = isObject(raw.prompt_tokens_details) ? raw.prompt_tokens_details : {}
  const output = isObject(raw.completion_tokens_details) ? raw.completion_tokens_details : {}
  const usage: Usage = {}
  set(usage, 'inputTokens', raw.prompt_tokens, raw.input_tokens)
  set(usage, 'outputTokens', raw.completion_tokens, raw.output_tokens)
  // DeepSeek and Together count cached tokens at the top level.
  set(usage, 'cachedInputTokens', input.cached_tokens, raw.prompt_cache_hit_tokens, raw.cached_tokens)
  set(usage, 'reasoningTokens', output.reasoning_tokens, raw.reasoning_tokens)
  return usage.inputTokens === undefined && usage.outputTokens === undefined ? undefined : usage
}

function set(usage: Usage, name: keyof Usage, ...candidates: unknown[]): void {
  for (const value of candidates) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) continue
    usage[name] = value
    return
  }
}
