import { expect, test } from 'vitest'
import type { CatalogueEntry, Store } from '#server/ports/store.ts'
import { listModels } from './list-models.ts'

const llama = [{ id: 'llama3.2', name: null, contextLength: null }]
const up: CatalogueEntry = { models: llama, status: 'up', error: null, checkedAt: 1 }
const down: CatalogueEntry = { models: llama, status: 'down', error: 'refused', checkedAt: 1 }

async function list(entry: CatalogueEntry | undefined, discovered: boolean) {
  const store: Pick<Store, 'readCatalogue'> = {
    readCatalogue: async () => new Map(entry ? [['ollama', entry]] : []),
  }
  const providers = [{ id: 'ollama', name: 'Ollama', local: true, discovered }]
  return await listModels({ store, providers, defaultModel: 'demo/chat', firstListWaitMs: 200 })
}

const demo = { id: 'demo', name: 'Demo', local: true, discovered: false }
const openai = { id: 'openai', name: 'OpenAI', local: false, discovered: false }

test('while no provider at all was asked, the list waits for the first of them, and not for the others', async () => {
  let reads = 0
  const readCatalogue = async () => new Map(++reads < 4 ? [] : [['demo', up]])
  const found = await listModels({ store: { readCatalogue }, providers: [demo, openai], defaultModel: 'demo/chat' })
  expect(found.models.map(({ id }) => id)).toEqual(['demo/llama3.2'])
  expect(found.providers).toMatchObject([{ status: 'up' }, { status: 'pending' }])
  expect(reads).toBe(4)
})

test('it does not wait for ever', async () => {
  const readCatalogue = async () => new Map<string, CatalogueEntry>()
  const asked = { store: { readCatalogue }, providers: [demo], defaultModel: 'demo/chat', firstListWaitMs: 120 }
  expect(await listModels(asked)).toMatchObject({ models: [], providers: [{ id: 'demo', status: 'pending' }] })
})

test('a server that was only looked for is not mentioned while it is not there', async () => {
  expect(await list(undefined, true)).toMatchObject({ models: [], providers: [] })
  expect(await list(down, true)).toMatchObject({ models: [], providers: [] })
})

test('a server that was found offers its models', async () => {
  const found = await list(up, true)
  expect(found.models.map(({ id }) => id)).toEqual(['ollama/llama3.2'])
  expect(found.providers).toMatchObject([{ id: 'ollama', status: 'up' }])
})

test('a provider that was set up says that it is down, and keeps the models of its last list', async () => {
  const found = await list(down, false)
  expect(found.models).toHaveLength(1)
  expect(found.providers).toMatchObject([{ id: 'ollama', status: 'down', error: 'refused' }])
})
