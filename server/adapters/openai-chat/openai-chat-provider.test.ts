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
