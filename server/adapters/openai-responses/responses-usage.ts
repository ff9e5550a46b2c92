import type { Usage } from '#protocol/events.ts'
import { isObject } from '#server/upstream/provider-error.ts'

/** Token counts of a response's `usage`; undefined when it holds none. */
export function toUsage(raw: unknown): Usage | undefined {
  if (!isObject(raw)) return undefined
  const input = isObject(raw.input_tokens_details) ? raw.input_tokens_details : {}
  const output = isObject(raw.output_tokens_details) ? raw.output_tokens_details : {}
  const usage: Usage = {}
  set(usage, 'inputTokens', raw.input_tokens)
  set(usage, 'outputTokens', raw.output_tokens)
  set(usage, 'cachedInputTokens', input.cached_tokens)
  set(usage, 'cacheWriteTokens', input.cache_write_tokens)
  set(usage, 'reasoningTokens', output.reasoning_tokens)
  // OpenRouter says what it billed.
  if (typeof raw.cost === 'number' && raw.cost >= 0) usage.costUsd = raw.cost
  return usage.inputTokens === undefined && usage.outputTokens === undefined ? undefined : usage
}

function set(usage: Usage, name: keyof Usage, value: unknown): void {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) usage[name] = value
}
