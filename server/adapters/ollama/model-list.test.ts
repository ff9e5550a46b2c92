import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { ProviderErrorKind } from '#protocol/provider-error.ts'
import { ProviderFailure } from '#server/ports/provider.ts'
import { listOllamaModels, type ModelFacts } from './model-list.ts'

const LLAMA = {
  capabilities: ['completion', 'tools', 'vision'],
  model_info: { 'general.architecture': 'llama', 'llama.context_length': 131_072, 'vision.context_length': 7 },
}
const EMBEDDER = { capabilities: ['embedding'], model_info: {} }
const NONE = { images: false, tools: false, reasoning: false, jsonSchema: true }

/** A server with these models, which counts what it is asked. */
function server(shown: Record<string, unknown>) {
  const asked: string[] = []
  return {
    asked,
    tags: () =>
      Promise.resolve({
        models: Object.keys(shown).map((model) => ({ name: model, model, digest: `digest-of-${model}` })),
      }),
    show(model: string) {
      asked.push(model)
      const answer = shown[model]
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
    },
  }
}

const failing = (kind: ProviderErrorKind) => new ProviderFailure({ kind, message: '', retryable: true })

test('models are listed with what they can do; those that only embed are not', async () => {
  const shown = {
    'llama3.2-vision:11b': LLAMA,
    'nomic-embed': EMBEDDER,
    'qwen3:8b': {
      capabilities: ['completion', 'thinking'],
      model_info: { 'qwen3.context_length': 40_960 },
      parameters: 'stop "<|im_end|>"\nnum_ctx                        8192\ntemperature 0.6',
    },
    'old:1b': { details: {} },
  }
  expect(await listOllamaModels(server(shown), new Map())).toEqual([
    {
      id: 'llama3.2-vision:11b',
      name: null,
      contextLength: 131_072,
      capabilities: { ...NONE, images: true, tools: true },
    },
    { id: 'qwen3:8b', name: null, contextLength: 8_192, capabilities: { ...NONE, reasoning: true } },
    { id: 'old:1b', name: null, contextLength: null },
  ])
})

test('a model is asked about once for as long as it stays the same', async () => {
  const facts = new Map<string, ModelFacts>()
  const both = server({ a: LLAMA, b: LLAMA })
  await listOllamaModels(both, facts)
  await listOllamaModels(both, facts)
  expect(both.asked).toEqual(['a', 'b'])
  await listOllamaModels(server({ a: LLAMA }), facts)
  expect([...facts.keys()]).toEqual(['digest-of-a'])
})

test('a model that cannot be asked about is listed all the same, and asked about again', async () => {
  const facts = new Map<string, ModelFacts>()
  const some = server({ a: failing('server'), b: LLAMA })
  expect((await listOllamaModels(some, facts))?.map(({ id }) => id)).toEqual(['a', 'b'])
  await listOllamaModels(some, facts)
  expect(some.asked).toEqual(['a', 'b', 'a'])
})

test('a server that does not answer is not asked about every model', async () => {
  const many = server(Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`m${n}`, failing('timeout')])))
  expect(await listOllamaModels(many, new Map())).toHaveLength(50)
  expect(many.asked.length).toBeLessThanOrEqual(4)
})

test('giving up the list gives up all of it', async () => {
  await expect(listOllamaModels(server({ a: failing('cancelled') }), new Map())).rejects.toMatchObject({
    error: { kind: 'cancelled' },
  })
})

test('no more than four are asked about at once', async () => {
  let open = 0
  let most = 0
  const many = server(Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`m${n}`, LLAMA])))
  async function show() {
    most = Math.max(most, (open += 1))
    await sleep(2)
    open -= 1
    return LLAMA
  }
  expect(await listOllamaModels({ ...many, show }, new Map())).toHaveLength(12)
  expect(most).toBe(4)
})

test.each([[{}], [{ models: 'x' }], [[]], ['page']])('%j is no list', async (list) => {
  const calls = { tags: () => Promise.resolve(list), show: () => Promise.resolve({}) }
  expect(await listOllamaModels(calls, new Map())).toBeUndefined()
})
