import { expect, test } from 'vitest'
import { cachedTokensOf, costOf } from './cost.ts'

const price = { input: 3, output: 15, cachedInput: 0.3, cacheWrite: 3.75 }

test('tokens in and out cost what the price says for a million', () => {
  // 1,000 × $3 + 500 × $15, a million each.
  expect(costOf({ inputTokens: 1_000, outputTokens: 500 }, price, 'within')).toBeCloseTo(0.0105, 12)
})

test('cached tokens that are among the input are not paid twice', () => {
  // 200 × 3 + 700 × 0.3 + 100 × 3.75 + 10 × 15 = 600 + 210 + 375 + 150
  const usage = { inputTokens: 1_000, cachedInputTokens: 700, cacheWriteTokens: 100, outputTokens: 10 }
  expect(costOf(usage, price, 'within')).toBeCloseTo(0.001335, 12)
})

test('cached tokens that are counted beside the input are paid too', () => {
  // 1,000 × 3 + 700 × 0.3 + 100 × 3.75 + 10 × 15 = 3,000 + 210 + 375 + 150
  const usage = { inputTokens: 1_000, cachedInputTokens: 700, cacheWriteTokens: 100, outputTokens: 10 }
  expect(costOf(usage, price, 'beside')).toBeCloseTo(0.003735, 12)
})

test('without prices of their own, cached tokens cost what others cost', () => {
  const usage = { inputTokens: 1_000, cachedInputTokens: 700, cacheWriteTokens: 100 }
  expect(costOf(usage, { input: 2, output: 8 }, 'within')).toBeCloseTo(0.002, 12)
  expect(costOf(usage, { input: 2, output: 8 }, 'beside')).toBeCloseTo(0.0036, 12)
})

test('a long prompt makes the whole request dearer, its cached tokens counted', () => {
  const tiered = { input: 1.25, output: 10, long: { aboveTokens: 200_000, input: 2.5, output: 15 } }
  expect(costOf({ inputTokens: 200_000, outputTokens: 1_000 }, tiered, 'within')).toBeCloseTo(0.26, 12)
  expect(costOf({ inputTokens: 200_001, outputTokens: 1_000 }, tiered, 'within')).toBeCloseTo(0.5150025, 12)
  const beside = { inputTokens: 1, cachedInputTokens: 200_000, outputTokens: 0 }
  expect(costOf(beside, tiered, 'beside')).toBeCloseTo(0.5000025, 12)
})

test('a vendor that counts more cached tokens than input is not owed money', () => {
  expect(costOf({ inputTokens: 5, cachedInputTokens: 10 }, { input: 1, output: 1, cachedInput: 0 }, 'within')).toBe(0)
})

test('only Anthropic counts them beside', () => {
  expect([cachedTokensOf('anthropic'), cachedTokensOf('openai-chat'), cachedTokensOf('gemini')]).toEqual([
    'beside',
    'within',
    'within',
  ])
})
