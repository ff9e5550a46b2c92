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
})
