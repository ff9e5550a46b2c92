import { describe, expect, onTestFinished, test } from 'vitest'
import { ProviderFailure, type ProviderEvent, type ProviderRequest } from '#server/ports/provider.ts'
import type { WireProviderOptions } from '#server/upstream/wire-provider.ts'
import { startScriptedUpstream, type UpstreamScript } from '#test/upstream/scripted-upstream.ts'
import { createAnthropicProvider } from './anthropic-provider.ts'
import { begin, sse, stream, textBlock } from './anthropic-stream.fixture.ts'

const KEY = 'sk-ant-the-only-secret-here'

const REQUEST: ProviderRequest = {
  model: 'claude-sonnet-4-5',
  systemPrompt: 'Be brief.',
  messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hello' }] }],
  parameters: {},
  generationId: '0199a000-0000-7000-8000-000000000000',
}

const sayHi: UpstreamScript = (_request, response) => response.end(stream([textBlock(0, 'Hi')]))

describe('the request', () => {
  test('goes to the base URL with the key and the version, and without betas that it does not need', async () => {
    const { provider, upstream } = await open(sayHi)
    expect((await collect(provider.stream(REQUEST, signal()))).at(-1)).toMatchObject({ type: 'finish', reason: 'stop' })
    const [request] = upstream.requests
    expect(request).toMatchObject({ method: 'POST', path: '/v1/messages' })
    expect(request?.headers).toMatchObject({
      'x-api-key': KEY,
      'anthropic-version': '2023-06-01',
      'content-type': 'application/json',
      accept: 'text/event-stream',
    })
    expect(request?.headers).not.toHaveProperty('authorization')
    expect(request?.headers).not.toHaveProperty('anthropic-beta')
    expect(JSON.parse(request?.body ?? '')).toMatchObject({
      model: 'claude-sonnet-4-5',
      stream: true,
      system: 'Be brief.',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
    })
  })

  test('has no key where there is none', async () => {
    const { provider, upstream } = await open(sayHi, { apiKey: undefined })
    await collect(provider.stream(REQUEST, signal()))
    expect(upstream.requests[0]?.headers).not.toHaveProperty('x-api-key')
  })

  test('names the beta that lets thoughts be dropped, with thoughts', async () => {
    const { provider, upstream } = await open(sayHi)
    const thought = { type: 'reasoning' as const, text: 'Hm', providerMetadata: { anthropic: { signature: 'S' } } }
    const answer = { role: 'assistant' as const, parts: [thought, { type: 'text' as const, text: 'Hi' }] }
    const messages = [...REQUEST.messages, answer, ...REQUEST.messages]
    await collect(provider.stream({ ...REQUEST, model: 'claude-opus-5-5', messages }, signal()))
    expect(upstream.requests[0]?.headers['anthropic-beta']).toBe('thinking-binding-controls-2026-08-01')
  })

  test('and its key are not sent on to where a redirect points', async () => {
    const elsewhere = await startScriptedUpstream(sayHi)
    onTestFinished(() => elsewhere.stop())
    const { provider } = await open((_request, response) => response.writeHead(307, { location: elsewhere.url }).end())
    expect((await collect(provider.stream(REQUEST, signal()))).at(-1)).toMatchObject({
      type: 'error',
      error: { kind: 'bad-response', status: 307 },
    })
    expect(elsewhere.requests).toEqual([])
  })

  test('says first what was left out of it', async () => {
    const { provider } = await open(sayHi)
    const parameters = { seed: 7, responseFormat: { type: 'json' as const } }
    expect((await collect(provider.stream({ ...REQUEST, parameters }, signal())))[0]).toEqual({
      type: 'left-out',
      parameters: ['responseFormat', 'seed'],
    })
  })

  test('with an image that cannot be sent is not sent at all', async () => {
    const { provider, upstream } = await open(sayHi)
    const parts = [{ type: 'image' as const, fileId: 'lost', mediaType: 'image/png' }]
    expect(await collect(provider.stream({ ...REQUEST, messages: [{ role: 'user', parts }] }, signal()))).toMatchObject(
      [{ type: 'error', error: { kind: 'bad-request', retryable: false } }],
    )
    expect(upstream.requests).toEqual([])
  })

  test('that is cancelled closes its connection', async () => {
    const { provider, upstream } = await open((_request, response) =>
      response.write(sse(begin(), ...textBlock(0, 'Hi'))),
    )
    const controller = new AbortController()
    const events: ProviderEvent[] = []
    for await (const batch of provider.stream(REQUEST, controller.signal)) {
      events.push(...batch)
      controller.abort()
    }
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { kind: 'cancelled' } })
    await expect.poll(() => upstream.openRequests(), { timeout: 5_000 }).toBe(0)
  })
})

describe('a refusal of the vendor', () => {
  test.each<[number, string, string, object]>([
    [401, 'authentication_error', `invalid x-api-key ${KEY}`, { kind: 'auth', retryable: false }],
    [403, 'permission_error', 'Your API key does not have permission', { kind: 'permission' }],
    [404, 'not_found_error', 'model: claude-0', { kind: 'model-not-found', retryable: false }],
    [400, 'invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum', { kind: 'context-length' }],
    [
      400,
      'invalid_request_error',
      'input length and `max_tokens` exceed context limit: 9 + 9 > 10',
      { kind: 'context-length' },
    ],
    [400, 'invalid_request_error', 'Your credit balance is too low to access the Anthropic API.', { kind: 'quota' }],
    [400, 'invalid_request_error', 'max_tokens: must be at least 1', { kind: 'bad-request', retryable: false }],
    [402, 'billing_error', 'Payment required', { kind: 'quota' }],
    [413, 'request_too_large', 'Request exceeds the maximum size', { kind: 'bad-request', retryable: false }],
    [429, 'rate_limit_error', 'Too many input tokens per minute', { kind: 'rate-limit', retryAfterMs: 7_000 }],
    [500, 'api_error', 'Internal server error', { kind: 'server', retryable: true }],
    [529, 'overloaded_error', 'Overloaded', { kind: 'overloaded', retryable: true, providerCode: 'overloaded_error' }],
  ])('%i %s "%s" is %j', async (status, type, message, error) => {
    const { provider } = await open((_request, response) =>
      response
        .writeHead(status, { 'retry-after': '7', 'request-id': 'req_1' })
        .end(JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_1' })),
    )
    const events = await collect(provider.stream(REQUEST, signal()))
    expect(events).toMatchObject([{ type: 'error', error: { status, ...error } }])
    expect(JSON.stringify(events)).not.toContain(KEY)
  })
})

describe('the list of models', () => {
  test('is asked for page after page, with the key', async () => {
    const { provider, upstream } = await open(({ path }, response) => {
      const second = path.includes('after_id=one')
      const page = { data: [{ id: second ? 'two' : 'one' }, { id: 'one' }], has_more: !second, last_id: 'one' }
      response.end(JSON.stringify(page))
    })
    expect((await provider.models(signal())).map(({ id }) => id)).toEqual(['one', 'two'])
    expect(upstream.requests.map(({ path }) => path)).toEqual([
      '/v1/models?limit=1000',
      '/v1/models?limit=1000&after_id=one',
    ])
    expect(upstream.requests[0]?.headers).toMatchObject({ 'x-api-key': KEY, 'anthropic-version': '2023-06-01' })
  })

  test('that never ends is given up', async () => {
    const { provider, upstream } = await open((_request, response) =>
      response.end(JSON.stringify({ data: [{ id: 'one' }], has_more: true, last_id: 'one' })),
    )
    expect(await provider.models(signal())).toHaveLength(1)
    expect(upstream.requests).toHaveLength(10)
  })

  test.each<[string, UpstreamScript, string]>([
    [
      'a refused key',
      (_, response) => response.writeHead(401).end('{"error":{"type":"authentication_error"}}'),
      'auth',
    ],
    ['something else', (_, response) => response.end('{"models":[]}'), 'bad-response'],
  ])('%s is a provider failure', async (_name, script, kind) => {
    const { provider } = await open(script)
    const thrown: unknown = await provider.models(signal()).catch((reason: unknown) => reason)
    expect(thrown).toBeInstanceOf(ProviderFailure)
    expect(thrown).toMatchObject({ error: { kind } })
  })
})

/** A provider before an upstream of its own, which lives as long as the test. */
async function open(script: UpstreamScript, settings: Partial<WireProviderOptions['settings']> = {}) {
  const upstream = await startScriptedUpstream(script)
  onTestFinished(() => upstream.stop())
  const provider = createAnthropicProvider({
    settings: {
      id: 'anthropic',
      name: 'Anthropic',
      kind: 'anthropic',
      vendor: 'anthropic',
      baseUrl: `${upstream.url}/v1`,
      apiKey: KEY,
      local: false,
      configured: true,
      ...settings,
    },
    limits: {
      connectTimeoutMs: 10_000,
      firstByteTimeoutMs: 10_000,
      idleTimeoutMs: 10_000,
      maxResponseBytes: 100_000_000,
    },
  })
  return { provider, upstream }
}

async function collect(batches: AsyncIterable<readonly ProviderEvent[]>): Promise<ProviderEvent[]> {
  const events: ProviderEvent[] = []
  for await (const batch of batches) events.push(...batch)
  return events
}

function signal(): AbortSignal {
  return new AbortController().signal
}
