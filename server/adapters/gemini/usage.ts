import type { Usage } from '#protocol/events.ts'

/**
 * Token counts of a `usageMetadata` object; undefined when it holds none. Thoughts are counted beside the answer
 * (`candidatesTokenCount`), cached tokens within the prompt.
 */
export function toUsage(raw: Record<string, unknown>): Usage | undefined {
  const input = count(raw.promptTokenCount)
  const answer = count(raw.candidatesTokenCount)
  const thoughts = count(raw.thoughtsTokenCount)
  const cached = count(raw.cachedContentTokenCount)
  const usage: Usage = {}
  if (input !== undefined) usage.inputTokens = input
  if (answer !== undefined || thoughts !== undefined) usage.outputTokens = (answer ?? 0) + (thoughts ?? 0)
  if (cached !== undefined) usage.cachedInputTokens = cached
  if (thoughts !== undefined) usage.reasoningTokens = thoughts
  return usage.inputTokens === undefined && usage.outputTokens === undefined ? undefined : usage
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}
