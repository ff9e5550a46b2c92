import { expect, test } from 'vitest'
import { listGeminiModels } from './model-list.ts'

test('models that answer in words are listed once, with what the list says of them', async () => {
  const generateContent = ['generateContent', 'countTokens']
  const models = [
    {
      name: 'models/gemini-3-pro',
      displayName: 'Gemini 3 Pro',
      inputTokenLimit: 1_048_576,
      outputTokenLimit: 65_536,
      supportedGenerationMethods: generateContent,
      thinking: true,
    },
    { name: 'models/gemini-3-pro', supportedGenerationMethods: generateContent },
    { name: 'models/gemma-3-27b-it', displayName: 'gemma-3-27b-it', supportedGenerationMethods: generateContent },
    { name: 'tunedModels/mine', supportedGenerationMethods: generateContent },
    { name: 'models/embedder', supportedGenerationMethods: ['embedContent'] },
    { name: 'models/gemini-2.5-flash-preview-tts', supportedGenerationMethods: generateContent },
    { name: 'models/gemini-3-pro-image', supportedGenerationMethods: generateContent },
    { displayName: 'nameless' },
    'nonsense',
  ]
  expect(await listGeminiModels(() => Promise.resolve({ models }))).toEqual([
    {
      id: 'gemini-3-pro',
      name: 'Gemini 3 Pro',
      contextLength: 1_048_576,
      maxOutputTokens: 65_536,
      capabilities: { images: true, tools: true, jsonSchema: true, reasoning: true },
    },
    { id: 'gemma-3-27b-it', name: null, contextLength: null, maxOutputTokens: null },
    { id: 'tunedModels/mine', name: null, contextLength: null, maxOutputTokens: null },
  ])
})

test('pages without end are not asked for without end', async () => {
  let pages = 0
  const models = await listGeminiModels(() => {
    pages += 1
    return Promise.resolve({ models: [{ name: `models/m${pages}` }], nextPageToken: 'more' })
  })
  expect(models).toHaveLength(20)
  expect(pages).toBe(20)
})

test.each([[{}], [{ models: 'x' }], [[]], ['page']])('%j is no list', async (list) => {
  expect(await listGeminiModels(() => Promise.resolve(list))).toBeUndefined()
})
