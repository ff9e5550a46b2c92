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

function dependencies(settings: { titleModel: string; fallbackModels: string[] }) {
  const own = { baseUrl: null, createdAt: 1 }
  const store = {
    readCatalogue: () => Promise.resolve(catalogue),
    listUserKeys: (userId: string) => Promise.resolve(new Map(userId === 'keyed' ? [['anthropic', own]] : [])),
  }
  return {
    store: store as unknown as TurnDependencies['store'],
    providers: [...naming.providers, { id: 'anthropic', name: 'Anthropic', local: false, needsKey: true }],
    settings: {
      defaultModel: 'openai/a',
      ...settings,
      allowUnlistedModels: false,
      limits: { maxMessageCharacters: 1, maxModelsPerQuestion: 2 },
    },
  }
}

const none = { systemPrompt: undefined, parameters: {} }

test('a request is frozen with its chain, and never falls back to itself', async () => {
  const deps = dependencies({ titleModel: 'none', fallbackModels: ['openai/a', 'groq/x', 'b'] })
  const models = ['a', 'b'].map((model) => ({ provider: 'openai', model, requestedModel: model }))
  const frozen = await freezeRequests(deps, 'me', none, models)
  const [itself, next] = [
    { provider: 'openai', model: 'a' },
    { provider: 'groq', model: 'x' },
  ]
  expect(frozen.map(({ fallbacks }) => fallbacks)).toEqual([[next], [itself, next]])
})

test('who has a key of their own falls back to its provider, and has titles written there; others do not', async () => {
  const deps = dependencies({ titleModel: 'anthropic/small', fallbackModels: ['anthropic/big'] })
  const asked = { provider: 'openai', model: 'a', requestedModel: 'a' }
  expect(await freezeRequests(deps, 'keyed', none, [asked])).toMatchObject([
    { fallbacks: [{ provider: 'anthropic', model: 'big' }], title: { provider: 'anthropic', model: 'small' } },
  ])
  const [other] = await freezeRequests(deps, 'me', none, [asked])
  expect(other).toEqual({ ...asked, parameters: {}, title: asked })
})
