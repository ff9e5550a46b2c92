import { describe, expect, test } from 'vitest'
import { emptyAnswer, fold } from '#protocol/fold.ts'
import { ProviderFailure, type Provider, type ProviderEvent, type ProviderRequest } from '#server/ports/provider.ts'
import { OPENED_KEY, openProvider } from '#test/upstream/open-provider.ts'
import type { UpstreamScript } from '#test/upstream/scripted-upstream.ts'
import { createGeminiProvider } from './gemini-provider.ts'
import { parts, say, sse, stop } from './gemini-stream.fixture.ts'

const REQUEST: ProviderRequest = {
  model: 'gemini-3-pro',
  systemPrompt: 'Be brief.',
  messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hello' }] }],
  parameters: {},
  generationId: '0199a000-0000-7000-8000-000000000000',
}

const answering: UpstreamScript = (_request, response) => response.end(sse(say('Hi'), stop()))
const open = (script: UpstreamScript, apiKey?: string) =>
  openProvider(createGeminiProvider, 'gemini', '/v1beta', script, apiKey)

describe('the request', () => {
  test('goes to the model as a stream of events, with the key in a header and nowhere else', async () => {
    const { provider, upstream } = await open(answering)
    await collect(provider, REQUEST)
    const [request] = upstream.requests
    expect(request).toMatchObject({
      method: 'POST',
      path: '/v1beta/models/gemini-3-pro:streamGenerateContent?alt=sse',
      headers: { 'x-goog-api-key': OPENED_KEY, accept: 'text/event-stream', 'content-type': 'application/json' },
    })
    expect(request?.headers).not.toHaveProperty('authorization')
    expect(request?.path).not.toContain(OPENED_KEY)
    expect(JSON.parse(request?.body ?? '')).toMatchObject({
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      contents: [{ role: 'user', parts: [{ text: 'Hello' }] }],
    })
  })

  test.each([
    ['models/gemini-3-pro', 'models/gemini-3-pro'],
    ['tunedModels/my-own', 'tunedModels/my-own'],
    ['some:odd/na me?x#y', 'models/some%3Aodd%2Fna%20me%3Fx%23y'],
    ['../../secret', 'models/..%2F..%2Fsecret'],
  ])('is for the model %s at %s', async (model, path) => {
    const { provider, upstream } = await open(answering)
    await collect(provider, { ...REQUEST, model })
    expect(upstream.requests[0]?.path).toBe(`/v1beta/${path}:streamGenerateContent?alt=sse`)
  })

  test('says what was left out of it before the first word', async () => {
    const { provider } = await open(answering)
    const events = await collect(provider, { ...REQUEST, parameters: { thinking: false } })
    expect(events[0]).toEqual({ type: 'left-out', parameters: ['thinking'] })
  })
})

test('a key that the vendor echoes is in no error', async () => {
  const { provider } = await open((_request, response) =>
    response.writeHead(400).end(JSON.stringify({ error: { code: 400, message: `API key ${OPENED_KEY} not valid` } })),
  )
  const events = await collect(provider, REQUEST)
  expect(events.at(-1)).toMatchObject({ type: 'error', error: { kind: 'auth' } })
  expect(JSON.stringify(events)).not.toContain(OPENED_KEY)
})

test('a call goes back with its signature on the part that it came with, and its result under its name', async () => {
  const { provider, upstream } = await open((_request, response) =>
    response.end(
      sse(
        parts({ text: 'Hm', thought: true }),
        parts({ text: 'Let me see.', thoughtSignature: 'ON-TEXT' }),
        parts({ functionCall: { name: 'add', args: { a: 1 } }, thoughtSignature: 'ON-CALL' }),
        parts({ functionCall: { name: 'now', args: {} } }),
        stop(),
      ),
    ),
  )
  const answer = foldAll(await collect(provider, REQUEST))
  const calls = answer.parts.filter((part) => part.type === 'tool-call')
  expect(calls.map(({ name }) => name)).toEqual(['add', 'now'])
  const results = calls.map(({ toolCallId, name }) => ({
    type: 'tool-result' as const,
    toolCallId,
    content: `${name} done`,
  }))
  await collect(provider, {
    ...REQUEST,
    messages: [...REQUEST.messages, { role: 'assistant', parts: answer.parts }, { role: 'tool', parts: results }],
  })
  const [one, two] = calls.map(({ toolCallId }) => toolCallId)
  expect(one).not.toBe(two)
  expect(JSON.parse(upstream.requests[1]?.body ?? '').contents).toEqual([
    { role: 'user', parts: [{ text: 'Hello' }] },
    {
      role: 'model',
      parts: [
        { text: 'Let me see.', thoughtSignature: 'ON-TEXT' },
        { functionCall: { id: one, name: 'add', args: { a: 1 } }, thoughtSignature: 'ON-CALL' },
        { functionCall: { id: two, name: 'now', args: {} } },
      ],
    },
    {
      role: 'user',
      parts: [
        { functionResponse: { id: one, name: 'add', response: { output: 'add done' } } },
        { functionResponse: { id: two, name: 'now', response: { output: 'now done' } } },
      ],
    },
  ])
})

describe('the list of models', () => {
  const list = (provider: Provider) => provider.models(new AbortController().signal)

  test('is asked for page by page, with the key in a header', async () => {
    const { provider, upstream } = await open(({ path }, response) =>
      response.end(
        JSON.stringify(
          path.includes('pageToken')
            ? { models: [{ name: 'models/two' }] }
            : { models: [{ name: 'models/one' }], nextPageToken: 'a b&c' },
        ),
      ),
    )
    expect((await list(provider)).map(({ id }) => id)).toEqual(['one', 'two'])
    expect(upstream.requests.map(({ path }) => path)).toEqual([
      '/v1beta/models?pageSize=1000',
      '/v1beta/models?pageSize=1000&pageToken=a+b%26c',
    ])
    expect(upstream.requests[1]?.headers['x-goog-api-key']).toBe(OPENED_KEY)
  })

  test('that is none is a provider failure', async () => {
    const { provider } = await open((_request, response) => response.end('{"hello":"world"}'))
    await expect(list(provider)).rejects.toBeInstanceOf(ProviderFailure)
  })
})

async function collect(provider: Provider, request: ProviderRequest): Promise<ProviderEvent[]> {
  const events: ProviderEvent[] = []
  for await (const batch of provider.stream(request, new AbortController().signal)) events.push(...batch)
  return events
}

function foldAll(events: readonly ProviderEvent[]) {
  let answer = emptyAnswer()
  for (const event of events)
    if (event.type !== 'finish' && event.type !== 'error') answer = fold(answer, { ...event, at: 1 })
  return answer
}
