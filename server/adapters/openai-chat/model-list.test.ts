import { expect, test } from 'vitest'
import { readModelList } from './model-list.ts'
import { chatVendor } from './vendors.ts'

test.each<[string, unknown]>([
  [
    'under data',
    { object: 'list', data: [{ id: 'a' }, { id: 'b' }, { id: 'a' }, { id: '' }, null, { name: 'no id' }] },
  ],
  ['bare', [{ id: 'a' }, { id: 'b' }]],
  ['under models', { models: [{ id: 'a' }, { id: 'b' }] }],
])('a list %s gives each usable model once', (_name, list) => {
  expect(readModelList(list, {})?.map(({ id }) => id)).toEqual(['a', 'b'])
})

test('names and context lengths are taken from where the vendors put them', () => {
  const data = [
    { id: 'a', name: 'Model A', context_length: 1_000 },
    { id: 'b', name: 'b', max_model_len: 2_000 },
    { id: 'c', context_window: 3_000 },
    { id: 'd', meta: { n_ctx_train: 4_000 } },
    { id: 'e', context_length: 'much' },
  ]
  expect(readModelList({ data }, {})).toEqual([
    { id: 'a', name: 'Model A', contextLength: 1_000 },
    { id: 'b', name: null, contextLength: 2_000 },
    { id: 'c', name: null, contextLength: 3_000 },
    { id: 'd', name: null, contextLength: 4_000 },
    { id: 'e', name: null, contextLength: null },
  ])
})

test.each<[string, Record<string, unknown>, object]>([
  [
    'OpenRouter',
    {
      context_length: 1_000,
      architecture: { input_modalities: ['text', 'image'], output_modalities: ['text'] },
      pricing: { prompt: '0.0000011', completion: '0.00001', input_cache_read: '0.0000001', request: '0' },
      top_provider: { max_completion_tokens: 500 },
      supported_parameters: ['tools', 'reasoning', 'structured_outputs', 'seed'],
    },
    {
      contextLength: 1_000,
      maxOutputTokens: 500,
      capabilities: { images: true, tools: true, reasoning: true, jsonSchema: true },
      price: { input: 1.1, output: 10, cachedInput: 0.1 },
    },
  ],
  [
    'OpenRouter, of a model that can little, at no fixed price',
    {
      architecture: { input_modalities: ['text'] },
      pricing: { prompt: '-1', completion: '-1' },
      supported_parameters: ['seed'],
    },
    { capabilities: { images: false, tools: false, reasoning: false, jsonSchema: false } },
  ],
  [
    'OpenRouter, of a model for nothing',
    { pricing: { prompt: '0', completion: '0' } },
    { price: { input: 0, output: 0 } },
  ],
  [
    'Mistral',
    { max_context_length: 9, capabilities: { completion_chat: true, function_calling: true, vision: false } },
    { contextLength: 9, capabilities: { tools: true, images: false } },
  ],
  ['Groq', { active: true, context_window: 9, max_completion_tokens: 5 }, { contextLength: 9, maxOutputTokens: 5 }],
  [
    'Together',
    { type: 'chat', context_length: 9, pricing: { hourly: 0, input: 0.88, output: 0.9, cached_input: 0.4 } },
    { contextLength: 9, price: { input: 0.88, output: 0.9, cachedInput: 0.4 } },
  ],
  ['Together, without a price', { pricing: { input: 0, output: 0 } }, {}],
  [
    'Vercel',
    { context_window: 9, tags: ['tool-use', 'vision'], pricing: { input: '0.000001', output: '0.000002' } },
    { contextLength: 9, capabilities: { images: true, tools: true }, price: { input: 1, output: 2 } },
  ],
  [
    'Fireworks',
    { context_length: 9, supports_chat: true, supports_image_input: false, supports_tools: true },
    { contextLength: 9, capabilities: { images: false, tools: true } },
  ],
  [
    'xAI',
    {
      input_modalities: ['text', 'image'],
      output_modalities: ['text'],
      prompt_text_token_price: 20_000,
      cached_prompt_text_token_price: 500,
      completion_text_token_price: 50_000,
      long_context_threshold: 128_000,
      prompt_text_token_price_long_context: 40_000,
      completion_text_token_price_long_context: 100_000,
    },
    {
      capabilities: { images: true },
      price: { input: 2, output: 5, cachedInput: 0.05, long: { input: 4, output: 10, aboveTokens: 128_000 } },
    },
  ],
  [
    'LM Studio',
    { type: 'vlm', max_context_length: 32_768, loaded_context_length: 4_096, capabilities: ['tool_use'] },
    { contextLength: 4_096, capabilities: { images: true, tools: true } },
  ],
  ['llama.cpp', { meta: { n_ctx: 4_096, n_ctx_train: 32_768 } }, { contextLength: 4_096 }],
  ['a server that says nothing', {}, {}],
])('a list of %s says what it says of a model, and no more', (_vendor, entry, facts) => {
  expect(readModelList([{ id: 'a', ...entry }], {})).toEqual([{ id: 'a', name: null, contextLength: null, ...facts }])
})

test('models that cannot chat are left out', () => {
  const data = [
    { id: 'gpt-4o-mini' },
    { id: 'text-embedding-3-small' },
    { id: 'gpt-4o-mini-tts' },
    { id: 'whisper-1' },
    { id: 'some-image', type: 'image' },
    { id: 'mistral-embed', capabilities: { completion_chat: false } },
    { id: 'azure-embed', capabilities: { chat_completion: false } },
    { id: 'grok-image', output_modalities: ['image'] },
    { id: 'gone', active: false },
  ]
  expect(readModelList({ data }, chatVendor('openai'))?.map(({ id }) => id)).toEqual(['gpt-4o-mini'])
})

test.each([[undefined], ['text'], [{ models: [{ name: 'no id' }] }], [{ data: 'none' }]])(
  '%j is no list of models',
  (value) => {
    expect(readModelList(value, {})).toBeUndefined()
  },
)
