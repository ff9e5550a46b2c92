import { expect, test } from 'vitest'
import { readModelList } from './model-list.ts'
import { chatVendor } from './vendors.ts'

test.each<[string, unknown]>([
  [
    'under data',
    { object: 'list', data: [{ id: 'a' }, { id: 'b' }, { id: 'a' }, { id: '' }, null, { name: 'no id' }] },
  ],
  ['bare', [{ id: 'a' }, { id: 'b' }]],
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

test('models that cannot chat are left out', () => {
  const data = [
    { id: 'gpt-4o-mini' },
    { id: 'text-embedding-3-small' },
    { id: 'gpt-4o-mini-tts' },
    { id: 'whisper-1' },
    { id: 'some-image', type: 'image' },
    { id: 'mistral-embed', capabilities: { completion_chat: false } },
  ]
  expect(readModelList({ data }, chatVendor('openai'))?.map(({ id }) => id)).toEqual(['gpt-4o-mini'])
})

test.each([[undefined], ['text'], [{ models: [] }], [{ data: 'none' }]])('%j is no list of models', (value) => {
  expect(readModelList(value, {})).toBeUndefined()
})
