import { expect, test } from 'vitest'
import type { GenerationParameters } from '#server/domain/generation.ts'
import { toThinkingConfig } from './thinking.ts'

const seen = { includeThoughts: true }

test.each<[string, GenerationParameters, object | undefined, string[]]>([
  // Words, from Gemini 3 on.
  ['gemini-3-flash-preview', {}, seen, []],
  ['gemini-3-flash-preview', { thinking: true }, seen, []],
  ['gemini-3-flash-preview', { thinking: false }, { thinkingLevel: 'minimal' }, []],
  ['gemini-3.1-pro-preview', { thinking: false }, { thinkingLevel: 'low' }, ['thinking']],
  ['gemini-3.8-flash', { reasoningEffort: 'none' }, { thinkingLevel: 'low' }, ['reasoningEffort']],
  ['gemini-3.1-pro-preview', { reasoningEffort: 'minimal' }, { ...seen, thinkingLevel: 'low' }, []],
  ['gemini-3.1-pro-preview', { reasoningEffort: 'max' }, { ...seen, thinkingLevel: 'high' }, []],
  ['gemini-flash-latest', { reasoningEffort: 'medium' }, { ...seen, thinkingLevel: 'medium' }, []],
  ['models/gemini-3.1-pro-preview', { reasoningBudget: 30_000 }, { ...seen, thinkingLevel: 'high' }, []],
  [
    'gemini-3.1-pro-preview',
    { reasoningBudget: 2_000, reasoningEffort: 'high' },
    { ...seen, thinkingLevel: 'high' },
    [],
  ],
  ['gemini-3.5-flash-lite', { thinking: true }, { ...seen, thinkingLevel: 'medium' }, []],
  // Tokens, in Gemini 2.5.
  ['gemini-2.5-flash', {}, seen, []],
  ['gemini-2.5-flash', { thinking: false }, { thinkingBudget: 0 }, []],
  ['gemini-2.5-flash', { reasoningEffort: 'medium' }, { ...seen, thinkingBudget: 8_192 }, []],
  ['gemini-2.5-flash', { reasoningBudget: 90_000, reasoningEffort: 'low' }, { ...seen, thinkingBudget: 24_576 }, []],
  ['gemini-2.5-flash-lite', { reasoningBudget: 5 }, { ...seen, thinkingBudget: 512 }, []],
  ['gemini-2.5-flash-lite', { thinking: true }, { ...seen, thinkingBudget: -1 }, []],
  ['gemini-2.5-pro', { thinking: false }, { thinkingBudget: 128 }, ['thinking']],
  ['gemini-2.5-pro', { reasoningEffort: 'max' }, { ...seen, thinkingBudget: 32_768 }, []],
  // Nothing, where there is nothing to be said.
  ['gemini-2.0-flash', { reasoningEffort: 'high', thinking: true }, undefined, ['thinking', 'reasoningEffort']],
  ['gemini-2.0-flash', { thinking: false }, undefined, []],
  ['gemini-2.5-flash-image', {}, undefined, []],
  ['gemma-3-27b-it', { reasoningBudget: 7 }, undefined, ['reasoningBudget']],
])('%s, %j', (model, parameters, config, leftOut) => {
  expect(toThinkingConfig({ model, parameters })).toEqual({ config, leftOut })
})

test('the list of models knows better than the name', () => {
  const known = (reasoning: boolean) => ({ contextLength: null, capabilities: { reasoning } })
  expect(toThinkingConfig({ model: 'gemini-9', parameters: {}, known: known(false) }).config).toBeUndefined()
  expect(toThinkingConfig({ model: 'gemma-4', parameters: {}, known: known(true) }).config).toEqual(seen)
})
