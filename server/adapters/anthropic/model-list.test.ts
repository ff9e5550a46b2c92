import { expect, test } from 'vitest'
import { readModelPage } from './model-list.ts'

test('a model comes with its name, its limits and what it can', () => {
  const data = [
    {
      type: 'model',
      id: 'claude-a',
      display_name: 'Claude A',
      created_at: '2026-09-22T00:00:00Z',
      max_input_tokens: 1_000_000,
      max_tokens: 128_000,
      capabilities: {
        batch: { supported: true },
        image_input: { supported: true },
        structured_outputs: { supported: false },
        thinking: { supported: true, types: { adaptive: { supported: true } } },
      },
    },
    {
      type: 'model',
      id: 'claude-b',
      display_name: 'claude-b',
      max_input_tokens: null,
      max_tokens: 0,
      capabilities: null,
    },
    { id: '' },
    null,
  ]
  expect(readModelPage({ data, has_more: false, first_id: 'claude-a', last_id: 'claude-b' })).toEqual({
    models: [
      {
        id: 'claude-a',
        name: 'Claude A',
        contextLength: 1_000_000,
        maxOutputTokens: 128_000,
        capabilities: { tools: true, images: true, reasoning: true, jsonSchema: false },
      },
      { id: 'claude-b', name: null, contextLength: null },
    ],
  })
})

test('a page says after what the next one begins', () => {
  expect(readModelPage({ data: [], has_more: true, last_id: 'x' })).toEqual({ models: [], after: 'x' })
  expect(readModelPage({ data: [], has_more: true, last_id: null })).toEqual({ models: [] })
})

test.each([[undefined], ['text'], [[]], [{ data: 'none' }]])('%j is no page of models', (value) => {
  expect(readModelPage(value)).toBeUndefined()
})
