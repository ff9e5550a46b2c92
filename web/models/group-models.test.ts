// @vitest-environment node
import { describe, expect, it } from 'vitest'
import type { ModelList, ModelView } from '#protocol/api/models.ts'
import { currentModel, groupModels, UNKNOWN } from './group-models.ts'

const LOCAL = model('ollama/llama3.2', { local: true })
const REMOTE = model('openai/gpt-5')
const DEMO = model('demo/chat', { local: true, demo: true })
const LIST: ModelList = { models: [DEMO, REMOTE, LOCAL], providers: [], default: 'openai/gpt-5' }

describe('groupModels', () => {
  it('keeps local and remote apart and the demonstration by itself, last', () => {
    expect(groupModels(LIST.models).map(({ value, items }) => [value, items.map(({ id }) => id)])).toEqual([
      ['On this machine', ['ollama/llama3.2']],
      ['Remote', ['openai/gpt-5']],
      ['Demonstration', ['demo/chat']],
    ])
  })

  it('leaves empty groups out', () => {
    expect(groupModels([DEMO]).map(({ value }) => value)).toEqual(['Demonstration'])
  })
})

describe('currentModel', () => {
  it('is the one chosen last while it is offered, else the default', () => {
    expect(currentModel(LIST, 'ollama/llama3.2')).toBe(LOCAL)
    expect(currentModel(LIST, 'gone/model')).toBe(REMOTE)
    expect(currentModel(LIST, undefined)).toBe(REMOTE)
    expect(currentModel(undefined, 'openai/gpt-5')).toBeUndefined()
  })

  it('can be a model that no provider lists', () => {
    const shown = currentModel({ ...LIST, default: 'vllm/org/model' }, undefined)
    expect(shown).toMatchObject({ id: 'vllm/org/model', provider: 'vllm', name: 'org/model' })
  })
})

function model(id: string, more: Partial<ModelView> = {}): ModelView {
  const [provider = '', name = ''] = id.split('/')
  return { id, name, provider, local: false, demo: false, ...UNKNOWN, ...more }
}
