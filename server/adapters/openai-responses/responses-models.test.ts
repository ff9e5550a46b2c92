import { expect, test } from 'vitest'
import { readModelList } from './responses-models.ts'

test('the list holds what can answer, each once', () => {
  const names = ['gpt-5', 'gpt-5', 'gpt-4.1', 'o3', 'o3-deep-research', 'codex-mini-latest', 'gpt-5-codex', 'my-model']
  const hidden = [
    'text-embedding-3-small',
    'whisper-1',
    'tts-1',
    'dall-e-3',
    'gpt-image-1',
    'gpt-4o-realtime-preview',
    'gpt-4o-audio-preview',
    'gpt-4o-mini-transcribe',
    'gpt-3.5-turbo-instruct',
    'gpt-4o-search-preview',
    'gpt-5-search-api',
    'gpt-audio',
    'sora-2',
    'omni-moderation-latest',
  ]
  const data = [...names, ...hidden].map((id) => ({ id, object: 'model' }))
  expect(readModelList({ object: 'list', data })?.map(({ id }) => id)).toEqual([...new Set(names)])
})

test('what is known of a model’s family stands beside its name; of others, nothing', () => {
  const list = readModelList({ data: ['gpt-5', 'gpt-4.1', 'o3-mini', 'qwen3'].map((id) => ({ id })) })
  expect(list?.map(({ capabilities }) => capabilities)).toEqual([
    { images: true, tools: true, reasoning: true, jsonSchema: true },
    { images: true, tools: true, reasoning: false, jsonSchema: true },
    { images: false, tools: true, reasoning: true, jsonSchema: true },
    undefined,
  ])
  expect(readModelList([{ id: 'qwen3', name: 'Qwen 3', max_model_len: 40_960 }])).toEqual([
    { id: 'qwen3', name: 'Qwen 3', contextLength: 40_960 },
  ])
})

test('anything else is no list', () => {
  expect(readModelList({ error: 'no' })).toBeUndefined()
  expect(readModelList('no')).toBeUndefined()
})
