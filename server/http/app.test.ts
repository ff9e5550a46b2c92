import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ModelList } from '#protocol/api/models.ts'
import { MillraceError } from '#server/domain/errors.ts'
import { openRawStream } from '#test/app/raw-stream.ts'
import { startApi, type Api } from '#test/app/start-api.ts'
import { withApi } from './with-api.fixture.ts'

let api: Api

beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

describe('Host and Origin', () => {
  async function status(headers: Record<string, string>, port = api.port): Promise<number> {
    const stream = openRawStream(port, '/health', { headers: { connection: 'close', ...headers } })
    await stream.closed
    return Number(stream.text().slice(9, 12))
  }

  test.each(['localhost', 'localhost:1234', 'LOCALHOST', '127.0.0.1:80', '127.8.9.1', '[::1]:8000', 'app.localhost'])(
    'the host %s is this machine',
    async (host) => {
      expect(await status({ host })).toBe(200)
    },
  )

  test.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '192.168.0.7',
    '',
    'a b',
    'x@localhost',
  ])('the host "%s" is refused', async (host) => {
    expect(await status({ host })).toBe(403)
  })

  test('a host that the operator named is answered, and any if the server is open', async () => {
    await withApi({ settings: { allowedHosts: ['Chat.Example'] } }, async ({ port }) => {
      expect(await status({ host: 'chat.example:8000' }, port)).toBe(200)
      expect(await status({ host: 'other.example' }, port)).toBe(403)
    })
    await withApi({ settings: { allowOpen: true } }, async ({ port }) => {
      expect(await status({ host: 'any.example' }, port)).toBe(200)
    })
  })

  test.each([
    ['http://localhost:8000', 'localhost:8000', 200],
    ['http://localhost', 'localhost:80', 200],
    ['https://localhost', 'localhost', 200],
    ['http://localhost:9000', 'localhost:8000', 403],
    ['http://evil.example', 'localhost:8000', 403],
    ['null', 'localhost:8000', 403],
    ['file://localhost', 'localhost', 403],
  ])('a page of %s asking %s gets %i', async (origin, host, expected) => {
    expect(await status({ host, origin })).toBe(expected)
  })

  test('hold for every route, event streams, the page and unknown addresses among them', async () => {
    const { generationId } = await api.ask()
    const paths = [
      '/',
      `/api/v1/generations/${generationId}/events`,
      '/api/v1/me',
      '/api/openapi.json',
      '/nothing',
      '/c/x',
    ]
    for (const path of paths) {
      const foreign = await api.request('GET', path, undefined, { origin: 'http://evil.example' })
      expect([path, foreign.status, foreign.body.code]).toEqual([path, 403, 'origin-not-allowed'])
    }
  })
})

describe('the other routes', () => {
  test('health says ok; readiness says whether requests can be served', async () => {
    let ready = false
    await withApi({ isReady: () => ready }, async (own) => {
      expect((await own.request('GET', '/health')).body).toEqual({ status: 'ok' })
      expect((await own.request('GET', '/api/v1/health/live')).body).toEqual({ status: 'ok' })
      const starting = await own.request('GET', '/api/v1/health/ready')
      expect([starting.status, starting.body.code]).toEqual([503, 'unavailable'])
      ready = true
      expect((await own.request('GET', '/api/v1/health/ready')).body).toEqual({ status: 'ok' })
    })
  })

  test('readiness says why nothing can be stored, and that it can again; liveness stays', async () => {
    let failure: MillraceError | undefined = new MillraceError('storage-full', 'Free some space.')
    await withApi({ probeStorage: () => (failure ? Promise.reject(failure) : Promise.resolve()) }, async (own) => {
      const red = await own.request('GET', '/api/v1/health/ready')
      expect(red.body).toMatchObject({ status: 503, code: 'storage-full', detail: 'Free some space.' })
      expect([red.status, red.headers.get('retry-after')]).toEqual([503, '10'])
      expect((await own.request('GET', '/api/v1/health/live')).status).toBe(200)
      failure = undefined
      expect((await own.request('GET', '/api/v1/health/ready')).status).toBe(200)
    })
  })

  test('models are those that the providers listed last, with the state of each provider', async () => {
    const providers = [
      { id: 'demo', name: 'Demo', local: true },
      { id: 'openai', name: 'OpenAI', local: false },
      { id: 'ollama', name: 'Ollama', local: true },
    ]
    await withApi({ providers }, async (own) => {
      const unknown = { contextLength: null, maxOutputTokens: null, capabilities: {}, price: null }
      const models = [{ id: 'gpt-4o', name: 'GPT-4o', contextLength: 128_000 }]
      await own.backend.store.saveCatalogue('openai', { models, status: 'down', error: 'unreachable', checkedAt: 1 })
      const list = ModelList.parse((await own.request('GET', '/api/v1/models')).body)
      expect(list).toEqual({
        models: [
          { id: 'demo/chat', name: 'Demo', provider: 'demo', local: true, demo: true, ...unknown },
          {
            id: 'openai/gpt-4o',
            name: 'GPT-4o',
            provider: 'openai',
            local: false,
            demo: false,
            ...unknown,
            contextLength: 128_000,
          },
        ],
        providers: [
          { id: 'demo', name: 'Demo', local: true, status: 'up', error: null },
          { id: 'openai', name: 'OpenAI', local: false, status: 'down', error: 'unreachable' },
          { id: 'ollama', name: 'Ollama', local: true, status: 'pending', error: null },
        ],
        default: 'demo/chat',
      })
    })
  })

  test('me is the one local user', async () => {
    expect((await api.request('GET', '/api/v1/me')).body).toEqual({
      id: 'local',
      accounts: false,
      limits: { maxMessageCharacters: 1_000, maxModelsPerQuestion: 4 },
    })
  })

  test('every reply forbids scripts, frames and loads from elsewhere', async () => {
    for (const path of ['/', '/api/docs', '/api/v1/me', '/api/v1/nothing']) {
      const { headers } = await api.request('GET', path)
      const policy = headers.get('content-security-policy')?.split(';') ?? []
      expect(policy).toContain("default-src 'self'")
      expect(policy).toContain("script-src 'self'")
      expect(policy).toContain("img-src 'self' data: blob:")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    }
  })
})
