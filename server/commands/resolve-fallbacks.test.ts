import { expect, test } from 'vitest'
import { resolveFallbacks } from './resolve-fallbacks.ts'

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
