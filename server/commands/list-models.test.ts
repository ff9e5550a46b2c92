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

test.each([
  ['nobody looked yet', undefined, []],
  ['no file is there', { ...up, models: [] }, []],
  ['a file is there', up, ['up']],
  ['a file is there and cannot be used', { ...down, models: [] }, ['down']],
] as [string, CatalogueEntry | undefined, string[]][])(
  'models in files are mentioned as it is: %s',
  async (_name, entry, said) => {
    const files = { id: 'local', name: 'GGUF files', local: true, discovered: true, onDisk: true }
    const readCatalogue = async () => new Map(entry ? [['local', entry]] : [])
    const asked = { store: { readCatalogue }, providers: [files], defaultModel: 'demo/chat', firstListWaitMs: 200 }
    expect((await listModels(asked)).providers.map(({ status }) => status)).toEqual(said)
  },
)

test('a model says what is known of it, and nothing of what is not; a hidden one is not offered', async () => {
  const price = { input: 1, output: 2, asOf: '2026-01-31' }
  const known = { id: 'a', name: 'A', contextLength: 9, maxOutputTokens: 3, capabilities: { images: true }, price }
  const entry: CatalogueEntry = { ...up, models: [known, { ...known, id: 'b', hidden: true }, ...llama] }
  const found = await list(entry, false)
  expect(found.models).toEqual([
    { ...known, id: 'ollama/a', provider: 'ollama', local: true, demo: false },
    {
      id: 'ollama/llama3.2',
      name: 'llama3.2',
      provider: 'ollama',
      local: true,
      demo: false,
      contextLength: null,
      maxOutputTokens: null,
      capabilities: {},
      price: null,
    },
  ])
})

test('a provider without a key says what to set, offers nothing from before, and is not waited for', async () => {
  const keyless = { ...openai, needsKey: true, keySetting: 'OPENAI_API_KEY' }
  const readCatalogue = async () => new Map([['openai', up]])
  const found = await listModels({ store: { readCatalogue }, providers: [keyless], defaultModel: 'demo/chat' })
  expect(found).toMatchObject({ models: [], providers: [{ id: 'openai', status: 'no-key' }] })
  expect(found.providers[0]?.error).toMatch(/PUT \/api\/v1\/keys\/openai\), or set OPENAI_API_KEY/)
})

test('whoever has only set out to ask has not asked yet', async () => {
  let reads = 0
  const pending: CatalogueEntry = { models: [], status: 'pending', error: null, checkedAt: 0 }
  const readCatalogue = async () => new Map([['demo', ++reads < 3 ? pending : up]])
  expect((await listModels({ store: { readCatalogue }, providers: [demo], defaultModel: 'x' })).models).toHaveLength(1)
  expect(reads).toBe(3)
})
