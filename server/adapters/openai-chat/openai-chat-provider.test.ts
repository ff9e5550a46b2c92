import { describe, expect, onTestFinished, test } from 'vitest'
import { ProviderFailure, type Provider } from '#server/ports/provider.ts'
import { startScriptedUpstream, type UpstreamScript } from '#test/upstream/scripted-upstream.ts'
import { answer, collect, expectError, KEY, open, REQUEST } from '#test/upstream/scripted-provider.ts'

describe('the request', () => {
  test('goes to the base URL with the key, the model and the conversation', async () => {
    const { provider, upstream } = await open(answer('Hi'))
    await collect(provider)
    const [request] = upstream.requests
    expect(request).toMatchObject({ method: 'POST', path: '/v1/chat/completions' })
    expect(request?.headers).toMatchObject({ authorization: `Bearer ${KEY}`, accept: 'text/event-stream' })
    expect(JSON.parse(request?.body ?? '')).toMatchObject({
      model: 'some-model',
      stream: true,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hello' },
      ],
    })
  })

  test('has no authorization where there is no key, as local servers want it', async () => {
    const { provider, upstream } = await open(answer('Hi'), { settings: { apiKey: undefined } })
    expect((await collect(provider)).at(-1)).toMatchObject({ type: 'finish' })
    expect(upstream.requests[0]?.headers).not.toHaveProperty('authorization')
  })

  test('has the key in the header that the vendor wants, and the deployment in the path', async () => {
    const { provider, upstream } = await open(answer('Hi'), {
      settings: { vendor: 'azure-openai' },
      path: '/openai?api-version=1',
    })
    await collect(provider)
    const [request] = upstream.requests
    expect(request?.path).toBe('/openai/deployments/some-model/chat/completions?api-version=1')
    expect(request?.headers).toMatchObject({ 'api-key': KEY })
    expect(request?.headers).not.toHaveProperty('authorization')
  })

  test('leaves out what the vendor does not take, and says so before the answer', async () => {
    const { provider, upstream } = await open(answer('Hi'), { settings: { vendor: 'perplexity' } })
    const events = await collect(provider, { ...REQUEST, parameters: { seed: 7, temperature: 1 } })
    expect(events[0]).toEqual({ type: 'left-out', parameters: ['seed'] })
    const body: unknown = JSON.parse(upstream.requests[0]?.body ?? '')
    expect(body).toMatchObject({ temperature: 1 })
    expect(body).not.toHaveProperty('seed')
  })

  test('is not sent on to where a redirect points', async () => {
    const elsewhere = await startScriptedUpstream(answer('Hi'))
    onTestFinished(() => elsewhere.stop())
    const { provider } = await open((_request, response) => response.writeHead(307, { location: elsewhere.url }).end())
    expect((await collect(provider)).at(-1)).toMatchObject({
      type: 'error',
      error: { kind: 'bad-response', status: 307 },
    })
    expect(elsewhere.requests).toEqual([])
  })

  test('takes a connection that an earlier one has left', async () => {
    const { provider, upstream } = await open(answer('Hi'))
    for (let round = 0; round < 6; round++) await collect(provider)
    expect(upstream.requests).toHaveLength(6)
    expect(upstream.connections()).toBeLessThan(6)
  })
})

test('a key that the vendor echoes is in no error', async () => {
  const { provider } = await open((_request, response) =>
    response
      .writeHead(401)
      .end(JSON.stringify({ error: { message: `Wrong key ${KEY}, and ${KEY} again`, code: KEY } })),
  )
  const events = await collect(provider)
  expectError(events, { kind: 'auth', retryable: false })
  expect(JSON.stringify(events)).not.toContain(KEY)
})

test('an attachment is refused before anything is sent', async () => {
  const { provider, upstream } = await open(answer(''))
  const messages = [{ role: 'user' as const, parts: [{ type: 'image' as const, fileId: 'f', mediaType: 'image/png' }] }]
  expectError(await collect(provider, { ...REQUEST, messages }), { kind: 'bad-request', retryable: false })
  expect(upstream.requests).toEqual([])
})

describe('the list of models', () => {
  const list = (provider: Provider, signal = new AbortController().signal) => provider.models(signal)

  test('comes from the base URL, with the key', async () => {
    const { provider, upstream } = await open((_request, response) => response.end('{"data":[{"id":"one"}]}'))
    expect(await list(provider)).toEqual([{ id: 'one', name: null, contextLength: null }])
    expect(upstream.requests[0]).toMatchObject({ method: 'GET', path: '/v1/models' })
    expect(upstream.requests[0]?.headers.authorization).toBe(`Bearer ${KEY}`)
  })

  test.each<[string, UpstreamScript, object]>([
    [
      'a refused key',
      (_, response) => response.writeHead(401).end(`{"error":{"message":"no ${KEY}"}}`),
      { kind: 'auth' },
    ],
    ['a web page', (_, response) => response.end('<html><title>Hi</title></html>'), { kind: 'bad-response' }],
    ['an error under status 200', (_, response) => response.end('{"error":"overloaded"}'), { kind: 'overloaded' }],
    ['silence', () => {}, { kind: 'timeout' }],
  ])('%s is a provider failure', async (_name, script, error) => {
    const { provider } = await open(script, { limits: { firstByteTimeoutMs: 100 } })
    const thrown: unknown = await list(provider).catch((reason: unknown) => reason)
    expect(thrown).toBeInstanceOf(ProviderFailure)
    expect(thrown).toMatchObject({ error })
    expect(String(thrown)).not.toContain(KEY)
  })

  const noSuchPage: UpstreamScript = (_, response) => response.writeHead(404).end('404 page not found')

  test('is that of the only deployment that the base URL names', async () => {
    const { provider, upstream } = await open((_, response) => response.end('{"data":[{"id":"gpt-x"}]}'), {
      settings: { vendor: 'azure-openai' },
      path: '/openai/deployments/mine?api-version=1',
    })
    expect(await list(provider)).toEqual([{ id: 'mine', name: null, contextLength: null }])
    expect(upstream.requests[0]?.path).toBe('/openai/models?api-version=1')
  })

  test.each([404, 405])('is our own where the vendor has none (%i)', async (status) => {
    const { provider } = await open((_, response) => response.writeHead(status).end(), {
      settings: { vendor: 'perplexity' },
    })
    expect((await list(provider)).map(({ id }) => id)).toContain('sonar-pro')
  })

  test.each<[number, string]>([
    [401, 'auth'],
    [500, 'server'],
  ])('is not our own where the vendor fails (%i)', async (status, kind) => {
    const { provider } = await open((_, response) => response.writeHead(status).end('{}'), {
      settings: { vendor: 'perplexity' },
    })
    await expect(list(provider)).rejects.toMatchObject({ error: { kind } })
  })

  test.each<[string, UpstreamScript, string]>([
    ['the fuller one', (_, response) => response.end('{"data":[{"id":"a","type":"vlm"}]}'), 'rich'],
    ['the plain one where there is no fuller', noSuchPage, 'plain'],
    [
      'the plain one where an error says under status 200 that there is no fuller',
      (_, response) => response.end('{"error":"Unexpected endpoint"}'),
      'plain',
    ],
  ])('is %s', async (_which, rich, from) => {
    const { provider, upstream } = await open(
      (request, response) =>
        request.path === '/api/v0/models' ? rich(request, response) : response.end('{"data":[{"id":"a"}]}'),
      { settings: { vendor: 'lmstudio' } },
    )
    const plain = { id: 'a', name: null, contextLength: null }
    expect(await list(provider)).toEqual([from === 'rich' ? { ...plain, capabilities: { images: true } } : plain])
    expect(upstream.requests).toHaveLength(from === 'rich' ? 1 : 2)
  })

  test('can be given up, which closes the connection', async () => {
    const { provider, upstream } = await open(() => {})
    const controller = new AbortController()
    const asked = list(provider, controller.signal)
    await expect.poll(() => upstream.openRequests(), { timeout: 5_000 }).toBe(1)
    controller.abort()
    await expect(asked).rejects.toMatchObject({ error: { kind: 'cancelled' } })
    await expect.poll(() => upstream.openRequests(), { timeout: 5_000 }).toBe(0)
  })
})
