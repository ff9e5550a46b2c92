import type { Usage } from '#protocol/events.ts'
import { isObject } from '#server/upstream/provider-error.ts'

/**
 * The counts that a `usage` object holds. This vendor counts tokens read from its cache and written into it beside
 * `input_tokens`, not within them.
 */
export function toUsage(raw: Record<string, unknown>): Usage {
  const details = isObject(raw.output_tokens_details) ? raw.output_tokens_details : {}
  const usage: Usage = {}
  set(usage, 'inputTokens', raw.input_tokens)
  set(usage, 'outputTokens', raw.output_tokens)
  set(usage, 'cachedInputTokens', raw.cache_read_input_tokens)
  set(usage, 'cacheWriteTokens', raw.cache_creation_input_tokens)
  set(usage, 'reasoningTokens', details.thinking_tokens)
  return usage
}

function set(usage: Usage, name: keyof Usage, value: unknown): void {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) usage[name] = value
}
