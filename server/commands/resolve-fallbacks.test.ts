import { expect, test } from 'vitest'
import { resolveFallbacks } from './resolve-fallbacks.ts'
import { freezeRequests, type TurnDependencies } from './start-turn.ts'

const catalogue = new Map([
  [
    'openai',
    { models: [{ id: 'a', name: null, contextLength: null }], status: 'up' as const, error: null, checkedAt: 1 },
  ],
])
const naming = {
  catalogue,
  providers: [
    { id: 'openai', name: 'OpenAI', local: false },
    { id: 'groq', name: 'Groq', local: false },
  ],
  allowUnlistedModels: false,
}

test('the chain keeps its order, holds no model twice, and names what means nobody', () => {
  expect(resolveFallbacks(['groq/x', 'openai/a', 'a', 'openai/nowhere', 'b'], naming)).toEqual({
    chain: [
      { provider: 'groq', model: 'x' },
      { provider: 'openai', model: 'a' },
    ],
    unknown: ['openai/nowhere', 'b'],
  })
})

test('a request is frozen with its chain, and never falls back to itself', async () => {
  const deps = {
    store: { readCatalogue: () => Promise.resolve(catalogue) } as unknown as TurnDependencies['store'],
    providers: naming.providers,
    settings: {
      defaultModel: 'openai/a',
      titleModel: 'none',
      fallbackModels: ['openai/a', 'groq/x', 'b'],
      allowUnlistedModels: false,
      limits: { maxMessageCharacters: 1, maxModelsPerQuestion: 2 },
    },
  }
  const models = ['a', 'b'].map((model) => ({ provider: 'openai', model, requestedModel: model }))
  const frozen = await freezeRequests(deps, { systemPrompt: undefined, parameters: {} }, models)
  const [itself, next] = [
    { provider: 'openai', model: 'a' },
    { provider: 'groq', model: 'x' },
  ]
  expect(frozen.map(({ fallbacks }) => fallbacks)).toEqual([[next], [itself, next]])
})
