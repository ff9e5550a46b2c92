import { describe, expect, test } from 'vitest'
import type { Provider, ProviderEvent, ProviderRequest } from '#server/ports/provider.ts'
import { OPENED_KEY, openProvider } from '#test/upstream/open-provider.ts'
import type { UpstreamScript } from '#test/upstream/scripted-upstream.ts'
import { createOllamaProvider } from './ollama-provider.ts'
import { done, lines, say } from './ollama-stream.fixture.ts'

const REQUEST: ProviderRequest = {
  model: 'llama3.2:3b',
  systemPrompt: undefined,
  messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hello' }] }],
  parameters: {},
  generationId: '0199a000-0000-7000-8000-000000000000',
}

const answering: UpstreamScript = (_request, response) => response.end(lines(say('Hi'), done()))
const open = (script: UpstreamScript, { basePath = '', apiKey = '' } = {}) =>
  openProvider(createOllamaProvider, 'ollama', basePath, script, apiKey)

describe('the request', () => {
  test('goes to the chat of the server, without a key where there is none', async () => {
    const { provider, upstream } = await open(answering)
    expect((await collect(provider, REQUEST)).at(-1)).toMatchObject({ type: 'finish' })
    const [request] = upstream.requests
    expect(request).toMatchObject({ method: 'POST', path: '/api/chat' })
    expect(request?.headers).not.toHaveProperty('authorization')
    expect(JSON.parse(request?.body ?? '')).toMatchObject({
      model: 'llama3.2:3b',
      stream: true,
      messages: [{ role: 'user', content: 'Hello' }],
    })
  })

  test.each(['', '/api', '/behind/a/proxy'])(
    'has the key as a bearer, at a base URL that ends in "%s"',
    async (basePath) => {
      const { provider, upstream } = await open(answering, { basePath, apiKey: OPENED_KEY })
      await collect(provider, REQUEST)
      expect(upstream.requests[0]?.path).toBe(`${basePath === '/api' ? '' : basePath}/api/chat`)
      expect(upstream.requests[0]?.headers.authorization).toBe(`Bearer ${OPENED_KEY}`)
    },
  )

  test('says what was left out of it before the first word', async () => {
    const { provider } = await open(answering)
    const parameters = { toolChoice: 'required' as const, tools: [{ name: 'add', parameters: {} }] }
    const events = await collect(provider, { ...REQUEST, parameters })
    expect(events[0]).toEqual({ type: 'left-out', parameters: ['toolChoice'] })
  })
})

test.each([
  [404, "model 'gone' not found", 'model-not-found'],
  [400, '"llama3" does not support tools', 'bad-request'],
  [400, 'the input length exceeds the context length', 'context-length'],
  [401, 'unauthorized', 'auth'],
  [429, 'too many requests', 'rate-limit'],
  [503, 'server busy, please try again. maximum pending requests exceeded', 'overloaded'],
])('status %i with "%s" is %s', async (status, error, kind) => {
  const { provider } = await open((_request, response) => response.writeHead(status).end(JSON.stringify({ error })))
  expect(await collect(provider, REQUEST)).toMatchObject([{ type: 'error', error: { kind, status, message: error } }])
})

async function collect(provider: Provider, request: ProviderRequest): Promise<ProviderEvent[]> {
  const events: ProviderEvent[] = []
  for await (const batch of provider.stream(request, new AbortController().signal)) events.push(...batch)
  return events
}
