import { expect, test } from 'vitest'
import type { Provider, ProviderEvent, ProviderRequest } from '#server/ports/provider.ts'
import { createKeylessProvider } from './keyless-provider.ts'

const SETTINGS = {
  id: 'groq',
  name: 'Groq',
  kind: 'openai-chat' as const,
  vendor: 'groq',
  baseUrl: 'https://api.groq.com/openai/v1',
  apiKey: undefined,
  local: false,
  configured: false,
}
const REQUEST: ProviderRequest = {
  model: 'm',
  systemPrompt: undefined,
  messages: [],
  parameters: {},
  generationId: 'g',
}
const WORDS =
  'There is no key for Groq. Enter your own (PUT /api/v1/keys/groq), or set GROQ_API_KEY where the server is started.'

function open() {
  const asked: ProviderRequest[] = []
  let opened = 0
  const vendor: Provider = {
    id: 'groq',
    local: false,
    async *stream(request) {
      asked.push(request)
      yield [{ type: 'finish', reason: 'stop' }]
    },
    models: () => Promise.resolve([]),
  }
  const provider = createKeylessProvider(SETTINGS, async () => {
    opened++
    return vendor
  })
  return { provider, asked, opened: () => opened }
}

async function collect(provider: Provider, request: ProviderRequest): Promise<ProviderEvent[]> {
  const events: ProviderEvent[] = []
  for await (const batch of provider.stream(request, new AbortController().signal)) events.push(...batch)
  return events
}

test('without a key nobody is asked, and the answer says where one goes', async () => {
  const { provider, opened } = open()
  expect(provider.needsKey).toBe(true)
  expect(await collect(provider, REQUEST)).toEqual([
    { type: 'error', error: { kind: 'auth', message: WORDS, retryable: false } },
  ])
  await expect(provider.models(new AbortController().signal)).rejects.toMatchObject({ error: { kind: 'auth' } })
  expect(opened()).toBe(0)
})

test('with a user’s own key the vendor is asked, its adapter loaded once', async () => {
  const { provider, asked, opened } = open()
  const request = { ...REQUEST, credentials: { apiKey: 'own' } }
  expect(await collect(provider, request)).toEqual([{ type: 'finish', reason: 'stop' }])
  await collect(provider, request)
  expect(asked).toEqual([request, request])
  expect(opened()).toBe(1)
})
