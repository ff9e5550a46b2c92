import { describe, expect, test } from 'vitest'
import { RequestError } from '#server/domain/errors.ts'
import type { CatalogueEntry } from '#server/ports/store.ts'
import { resolveModel } from './resolve-model.ts'

const providers = ['demo', 'openai', 'ollama', 'groq'].map((id) => ({ id, name: id, local: false }))

function entry(status: CatalogueEntry['status'], ...ids: string[]): CatalogueEntry {
  return { models: ids.map((id) => ({ id, name: null, contextLength: null })), status, error: null, checkedAt: 0 }
}

const catalogue = new Map([
  ['demo', entry('up', 'chat')],
  ['openai', entry('up', 'gpt-4o', 'org/model-7b', 'ollama/mirror')],
  ['ollama', entry('down')],
  ['groq', entry('down', 'llama3')],
])

const resolve = (name: string, options: Partial<Parameters<typeof resolveModel>[1]> = {}) => {
  const { provider, model } = resolveModel(name, { catalogue, providers, allowUnlistedModels: false, ...options })
  return `${provider} ${model}`
}

describe('a model name', () => {
  test.each([
    ['demo/chat', 'demo chat', 'an exact id of the catalogue'],
    ['gpt-4o', 'openai gpt-4o', 'a bare name: the default provider'],
    ['org/model-7b', 'openai org/model-7b', 'an id with a slash, and no provider before it'],
    ['ollama/mirror', 'openai ollama/mirror', 'the catalogue before the prefix'],
    ['ollama/llama3.2', 'ollama llama3.2', 'a prefix whose provider was never reached'],
    ['groq/llama3', 'groq llama3', 'a list from before the provider went down'],
  ])('%s means %s: %s', (name, expected) => {
    expect(resolve(name)).toBe(expected)
  })

  test('keeps the name that was asked for', () => {
    expect(resolveModel('gpt-4o', { catalogue, providers, allowUnlistedModels: false }).requestedModel).toBe('gpt-4o')
  })

  test.each(['openai/gpt-5', 'gpt-5', 'demo/other', 'groq/other', 'demo/', '', 'demo'])('"%s" is refused', (name) => {
    expect(() => resolve(name)).toThrow(RequestError)
  })

  test('that no list has is tried when the operator allows it', () => {
    expect(resolve('openai/gpt-5', { allowUnlistedModels: true })).toBe('openai gpt-5')
    expect(resolve('any/thing', { allowUnlistedModels: true })).toBe('openai any/thing')
  })

  test('without a default provider needs a known one before the slash', () => {
    const few = providers.filter(({ id }) => id === 'demo')
    expect(() => resolve('llama2', { providers: few, allowUnlistedModels: true })).toThrow(/no model "llama2"/)
  })

  test('that is refused comes back with its nearest neighbours, the nearest first', () => {
    expect(() => resolve('openai/gpt-4')).toThrow(/Did you mean openai\/gpt-4o, /)
    expect(() => resolve('Gpt-4O-mini')).toThrow(/Did you mean openai\/gpt-4o, /)
  })

  describe('of a provider for which there is no key', () => {
    const keyless = {
      id: 'anthropic',
      name: 'Anthropic',
      local: false,
      needsKey: true,
      keySetting: 'ANTHROPIC_API_KEY',
    }
    const unfetched = new Map(catalogue)
    unfetched.delete('openai')
    const at = (more: object) => providers.map((each) => (each.id === 'openai' ? { ...each, ...more } : each))

    test('is refused with what has to be set', () => {
      const refused = { code: 'no-provider-key', parameters: { provider: 'anthropic' } }
      const ask = () => resolve('anthropic/claude-x', { providers: [...providers, keyless] })
      expect(ask).toThrow(expect.objectContaining(refused))
      expect(ask).toThrow(/no key for Anthropic.*PUT \/api\/v1\/keys\/anthropic.*set ANTHROPIC_API_KEY/)
      // Not even OpenAI itself is asked for a vendor's model by that name.
      for (const more of [{ catalogue: unfetched }, { allowUnlistedModels: true }]) {
        const asked = { providers: [...providers, keyless], ...more }
        expect(() => resolve('anthropic/claude-x', asked)).toThrow(expect.objectContaining(refused))
      }
    })

    test('goes to that provider for who has a key of their own', () => {
      const asked = { providers: [...providers, keyless], ownKeys: new Set(['anthropic']) }
      expect(resolve('anthropic/claude-x', asked)).toBe('anthropic claude-x')
    })

    test('is asked for although it is not listed, at an address of the asker’s own', () => {
      expect(() => resolve('openai/only-there')).toThrow(/There is no model/)
      expect(resolve('openai/only-there', { ownAddresses: new Set(['openai']) })).toBe('openai only-there')
    })

    test('goes to the default provider where that lists it, or may be a server of all vendors’ models', () => {
      const gateway = [...at({ takesAnyName: true }), keyless]
      const lists = new Map([...catalogue, ['openai', entry('up', 'anthropic/claude-x')] as const])
      expect(resolve('anthropic/claude-x', { providers: [...providers, keyless], catalogue: lists })).toBe(
        'openai anthropic/claude-x',
      )
      expect(resolve('anthropic/claude-x', { providers: gateway, catalogue: unfetched })).toBe(
        'openai anthropic/claude-x',
      )
      expect(resolve('anthropic/claude-x', { providers: gateway, allowUnlistedModels: true })).toBe(
        'openai anthropic/claude-x',
      )
      // Its list is known, and lacks it.
      expect(() => resolve('anthropic/claude-x', { providers: gateway })).toThrow(/no key for Anthropic/)
    })

    test('is no model at all where the name holds none, or no provider', () => {
      const closed = [...at({ needsKey: true }), keyless]
      for (const name of ['anthropic/', 'llama2', 'org/model']) {
        expect(() => resolve(name, { providers: closed, catalogue: unfetched })).toThrow(/There is no model/)
      }
    })
  })

  test('that is hidden can be asked, but is not proposed', () => {
    const hidden = new Map([
      ['demo', { ...entry('up', 'chat'), models: [{ id: 'secret', name: null, contextLength: null, hidden: true }] }],
    ])
    const few = providers.filter(({ id }) => id === 'demo')
    expect(resolve('demo/secret', { catalogue: hidden, providers: few })).toBe('demo secret')
    expect(() => resolve('demo/secre', { catalogue: hidden, providers: few })).toThrow(/listed any model/)
  })
})
