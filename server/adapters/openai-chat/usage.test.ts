import { expect, test } from 'vitest'
import { toUsage } from './usage.ts'

const COUNTS = { prompt_tokens: 9, completion_tokens: 3 }
const READ = { inputTokens: 9, outputTokens: 3 }

test.each<[string, Record<string, unknown>, object | undefined]>([
  ['nothing but its absence', { total_tokens: 9, cost: 1 }, undefined],
  ['counts that are none', { prompt_tokens: -1, completion_tokens: '3', input_tokens: 1.5 }, undefined],
  ['the names of Responses', { input_tokens: 9, output_tokens: 3 }, READ],
  [
    'the details',
    {
      ...COUNTS,
      prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 2 },
      completion_tokens_details: { reasoning_tokens: 1 },
    },
    { ...READ, cachedInputTokens: 4, cacheWriteTokens: 2, reasoningTokens: 1 },
  ],
  ['details that are null', { ...COUNTS, prompt_tokens_details: null, completion_tokens_details: null }, READ],
  ['what DeepSeek found kept', { ...COUNTS, prompt_cache_hit_tokens: 4 }, { ...READ, cachedInputTokens: 4 }],
  ['what Together found kept', { ...COUNTS, cached_tokens: 0 }, { ...READ, cachedInputTokens: 0 }],
  [
    "Anthropic's names behind a gateway",
    { ...COUNTS, cache_read_input_tokens: 4, cache_creation_input_tokens: 2 },
    { ...READ, cachedInputTokens: 4, cacheWriteTokens: 2 },
  ],
  ['what Perplexity thought', { ...COUNTS, reasoning_tokens: 7 }, { ...READ, reasoningTokens: 7 }],
  [
    "OpenRouter's cost",
    { ...COUNTS, cost: 0.5, cost_details: { upstream_inference_cost: 0.5 } },
    { ...READ, costUsd: 0.5 },
  ],
  [
    "OpenRouter's fee beside what the vendor behind it costs",
    { ...COUNTS, cost: 0.25, is_byok: true, cost_details: { upstream_inference_cost: 0.5 } },
    { ...READ, costUsd: 0.75 },
  ],
  ["Perplexity's cost", { ...COUNTS, cost: { request_cost: 0.1, total_cost: 0.3 } }, { ...READ, costUsd: 0.3 }],
  ["xAI's cost", { ...COUNTS, cost_in_usd_ticks: 25_000_000 }, { ...READ, costUsd: 0.0025 }],
  ['no cost that is no amount', { ...COUNTS, cost: 'much' }, READ],
])('a usage says %s', (_what, raw, usage) => {
  expect(toUsage(raw)).toEqual(usage)
})
