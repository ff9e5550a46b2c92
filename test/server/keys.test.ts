import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { KeyedProviderView } from '#protocol/api/keys.ts'
import { startApi, type Api } from '../app/start-api.ts'

const KEY = 'gsk-CANARY-of-a-user-0123456789'
const PROVIDERS = [
  { id: 'demo', name: 'Demo', kind: 'demo', local: true },
  { id: 'openai', name: 'OpenAI', kind: 'openai-chat', local: false, hasServerKey: true },
  { id: 'groq', name: 'Groq', kind: 'openai-chat', local: false, needsKey: true },
]

let api: Api
beforeEach(async () => {
  api = await startApi({ providers: PROVIDERS })
})
afterEach(() => api.close())

const put = (provider: string, body: unknown) => api.request('PUT', `/api/v1/keys/${provider}`, body)
const remove = (provider: string) => api.request('DELETE', `/api/v1/keys/${provider}`)
async function provider(id: string): Promise<KeyedProviderView | undefined> {
  const { body } = await api.request('GET', '/api/v1/providers')
  return (body as { providers: KeyedProviderView[] }).providers.find((candidate) => candidate.id === id)
}

describe("a user's own key", () => {
  test('takes the place of none and of the server’s, says when it was set, and goes again', async () => {
    expect(await provider('groq')).toMatchObject({ key: 'none', ownKey: null, status: 'no-key', takesKey: true })
    expect(await provider('openai')).toMatchObject({ key: 'server', ownKey: null, kind: 'openai-chat' })
    const before = Date.now()
    expect(await put('groq', { key: KEY })).toMatchObject({ status: 204, body: '' })
    expect(await put('openai', { key: KEY, baseUrl: 'http://127.0.0.1:4000/v1/' })).toMatchObject({ status: 204 })
    const groq = await provider('groq')
    expect(groq).toMatchObject({ key: 'own', ownKey: { baseUrl: null }, status: 'pending', error: null })
    expect(Date.parse(groq?.ownKey?.setAt ?? '')).toBeGreaterThanOrEqual(before)
    expect(await provider('openai')).toMatchObject({ key: 'own', ownKey: { baseUrl: 'http://127.0.0.1:4000/v1' } })
    expect(await remove('openai')).toMatchObject({ status: 204 })
    expect(await remove('openai')).toMatchObject({ status: 204 })
    expect(await provider('openai')).toMatchObject({ key: 'server', ownKey: null })
    expect(await provider('groq')).toMatchObject({ key: 'own' })
  })

  test('is taken without the spaces around it, and opened by the vault', async () => {
    await put('groq', { key: `  ${KEY}\n` })
    const stored = await api.backend.store.findUserKey('local', 'groq')
    expect(JSON.stringify(stored)).not.toContain(KEY)
    expect(stored).toMatchObject({ baseUrl: null, sealed: { keyId: expect.any(String) as unknown } })
  })

  test('may be a placeholder that is part of its address', async () => {
    expect(await put('groq', { key: 'ollama', baseUrl: 'http://127.0.0.1/ollama/v1' })).toMatchObject({ status: 204 })
  })

  test('goes also where its provider is no longer set up', async () => {
    const sealed = { keyId: 'k', nonce: 'n', ciphertext: 'c', tag: 't' }
    await api.backend.store.saveUserKey('local', 'gone', { sealed, baseUrl: null, createdAt: 1 })
    expect(await remove('gone')).toMatchObject({ status: 204 })
    expect(await api.backend.store.findUserKey('local', 'gone')).toBeUndefined()
  })

  test('is refused in words for a provider that there is not, or that needs none', async () => {
    for (const asked of [put('nobody', { key: KEY }), remove('nobody')]) {
      expect((await asked).body).toMatchObject({
        status: 404,
        code: 'unknown-provider',
        detail: 'There is no provider "nobody". GET /api/v1/providers lists those that there are.',
      })
    }
    expect((await put('demo', { key: KEY })).body).toMatchObject({ status: 422, code: 'provider-takes-no-key' })
    expect(await provider('demo')).toMatchObject({ takesKey: false, key: 'none' })
  })

  test.each([
    ['missing', {}],
    ['empty', { key: '' }],
    ['blank', { key: '   ' }],
    ['no text', { key: 7 }],
    ['longer than 4 KB', { key: 'k'.repeat(4_097) }],
    ['not ASCII', { key: 'sk-schlüssel' }],
    ['split by a space', { key: 'sk-one sk-two' }],
    ['split by a line break', { key: 'sk-one\r\nx-evil: 1' }],
  ])('is refused when it is %s', async (_what, body) => {
    const reply = await put('groq', body)
    expect(reply).toMatchObject({ status: 422, body: { code: 'invalid-request', parameters: { field: 'body.key' } } })
    expect(reply.headers.get('content-type')).toContain('application/problem+json')
    expect(await provider('groq')).toMatchObject({ key: 'none' })
  })

  test('of 4 KB is taken', async () => {
    expect(await put('groq', { key: 'k'.repeat(4_096) })).toMatchObject({ status: 204 })
  })

  test.each([
    'http://10.0.0.1/v1',
    'http://169.254.169.254/',
    'http://0.0.0.0:8000',
    'http://[fd00::1]/',
    'https://user:word@api.example.com/v1',
    'ftp://api.example.com',
    'api.example.com',
  ])('is not stored for an address that may not be called: %s', async (baseUrl) => {
    const reply = await put('groq', { key: KEY, baseUrl })
    expect(reply.body).toMatchObject({ status: 422, code: 'base-url-refused', parameters: { field: 'body.baseUrl' } })
    expect(JSON.stringify(reply.body)).not.toContain(KEY)
    expect(await provider('groq')).toMatchObject({ key: 'none' })
  })

  test('may not be part of an address, which is shown', async () => {
    const key = `${KEY}/+`
    for (const written of [key, encodeURIComponent(key)]) {
      const reply = await put('groq', { key, baseUrl: `https://8.8.8.8/v1?key=${written}` })
      expect(reply.body).toMatchObject({ status: 422, code: 'base-url-refused' })
      expect(JSON.stringify(reply.body)).not.toContain(KEY)
    }
  })

  test('is never repeated, not even where the request cannot be read', async () => {
    const broken = await put('groq', `{"key": "${KEY}", oops`)
    expect(broken.status).toBe(400)
    expect(JSON.stringify(broken.body)).not.toContain('CANARY')
    const misplaced = await put('groq', { key: 1, keyToo: KEY })
    expect(JSON.stringify(misplaced.body)).not.toContain('CANARY')
    expect(JSON.stringify(api.errors)).not.toContain('CANARY')
  })
})

describe('a provider without a key', () => {
  test('is shown as such among the models, and is asked by whoever has a key of their own', async () => {
    const { body } = await api.request('GET', '/api/v1/models')
    expect(body.providers).toContainEqual(expect.objectContaining({ id: 'groq', status: 'no-key' }))
    await expect(api.ask({ model: 'groq/some-model' })).rejects.toThrow(/no-provider-key.*PUT \/api\/v1\/keys\/groq/)
    await put('groq', { key: KEY })
    await api.ask({ model: 'groq/some-model' })
  })
})
