import { expect, onTestFinished, test } from 'vitest'
import type { Settings } from '#server/domain/settings.ts'
import type { Provider, ProviderEvent, ProviderRequest } from '#server/ports/provider.ts'
import { startScriptedUpstream } from '#test/upstream/scripted-upstream.ts'
import { composeProviders } from './compose-providers.ts'
import { readSettings } from './config.ts'

/** One vendor of each protocol, and the header that holds its key. */
const VENDORS = [
  ['groq', 'authorization', 'Bearer own-key'],
  ['openai-responses', 'authorization', 'Bearer own-key'],
  ['anthropic', 'x-api-key', 'own-key'],
  ['gemini', 'x-goog-api-key', 'own-key'],
  ['ollama', 'authorization', 'Bearer own-key'],
] as const

const REQUEST: ProviderRequest = {
  model: 'some-model',
  systemPrompt: undefined,
  messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hello' }] }],
  parameters: {},
  generationId: '0199a000-0000-7000-8000-000000000000',
}

async function providerOf(id: string, change: Partial<Settings> = {}): Promise<Provider> {
  const read = readSettings({})
  if (!read.ok) throw new Error(read.problems.join('\n'))
  const provider = (await composeProviders({ ...read.settings, ...change })).get(id)
  if (!provider) throw new Error(`no ${id}`)
  return provider
}

async function lastEvent(provider: Provider, request: ProviderRequest): Promise<ProviderEvent | undefined> {
  let last: ProviderEvent | undefined
  for await (const batch of provider.stream(request, new AbortController().signal)) last = batch.at(-1)
  return last
}

async function startVendor() {
  const vendor = await startScriptedUpstream((_request, response) =>
    response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":{"message":"No."}}'),
  )
  onTestFinished(() => vendor.stop())
  return vendor
}

test.each(VENDORS)(
  '%s is asked with a user’s own key, at an address of the user’s where that is allowed',
  async (...row) => {
    const [id, header, value] = row
    const vendor = await startVendor()
    const request = { ...REQUEST, credentials: { apiKey: 'own-key', baseUrl: vendor.url } }
    expect(await lastEvent(await providerOf(id), request)).toMatchObject({ type: 'error', error: { kind: 'auth' } })
    expect(vendor.requests.map(({ headers }) => headers[header])).toEqual([value])

    const guarded = await providerOf(id, { privateBaseUrls: 'none' })
    expect(await lastEvent(guarded, request)).toMatchObject({ error: { providerCode: 'ADDRESS_REFUSED' } })
    expect(vendor.requests).toHaveLength(1)
  },
)

test.each(VENDORS.filter(([id]) => id !== 'ollama'))(
  '%s is there without any key, and says where one goes',
  async (id) => {
    const provider = await providerOf(id)
    expect(provider.needsKey).toBe(true)
    const error = { kind: 'auth', message: expect.stringContaining(`PUT /api/v1/keys/${id}`) as unknown }
    expect(await lastEvent(provider, REQUEST)).toMatchObject({ type: 'error', error })
  },
)
