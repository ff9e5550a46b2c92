import { expect, test } from 'vitest'
import { claudeModel } from './claude-models.ts'

test.each([
  ['claude-2.1', 'none', 4_096],
  ['claude-instant-1.2', 'none', 4_096],
  ['claude-3-haiku-20240307', 'none', 4_096],
  ['claude-3-5-sonnet-20241022', 'none', 8_192],
  ['claude-3-7-sonnet-latest', 'budget', 32_000],
  ['claude-3.7-sonnet', 'budget', 32_000],
  ['claude-sonnet-4-20250514', 'budget', 32_000],
  ['claude-opus-4-1-20250805', 'budget', 32_000],
  ['claude-haiku-4-5-20251001', 'budget', 32_000],
  ['anthropic/claude-sonnet-4.6', 'adaptive', 32_000],
  ['claude-opus-4-8', 'adaptive', 32_000],
  ['claude-sonnet-5', 'adaptive', 32_000],
  ['claude-haiku-5-5', 'adaptive', 32_000],
  ['claude-sonnet-5-5', 'always', 32_000],
  ['claude-mythos-preview', 'always', 32_000],
  ['claude-opus-6-20270101', 'always', 32_000],
  ['MiniMax-M3', 'budget', 8_192],
])('%s thinks as %s and writes %i tokens', (name, thinking, defaultMaxTokens) => {
  expect(claudeModel(name)).toMatchObject({ thinking, defaultMaxTokens })
})

test.each([
  ['claude-opus-4-8', false],
  ['claude-opus-5', false],
  ['claude-opus-5-5', true],
  ['claude-haiku-5-5', true],
  ['claude-fable-5', false],
  ['claude-fable-5-1', true],
  ['claude-mythos-preview', false],
  ['claude-mythos-5-1', false],
])('%s refuses thoughts that do not fit their conversation: %s', (name, bindsThoughts) => {
  expect(claudeModel(name).bindsThoughts).toBe(bindsThoughts)
})
