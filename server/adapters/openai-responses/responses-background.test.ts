import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerResponse } from 'node:http'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { ProviderEvent, ProviderRequest } from '#server/ports/provider.ts'
import { collect, expectError, REQUEST, textOf } from '#test/upstream/scripted-provider.ts'
import { startResponsesUpstream, words, type ResponsesUpstreamOptions } from '#test/upstream/responses-upstream.ts'
import type { ReceivedRequest } from '#test/upstream/scripted-upstream.ts'
import { createResponsesProvider } from './responses-provider.ts'

async function open({ instead, idleTimeoutMs = 20_000 }: ResponsesUpstreamOptions & { idleTimeoutMs?: number } = {}) {
  const upstream = await startResponsesUpstream(instead ? { instead } : {})
  onTestFinished(() => upstream.stop())
  const provider = createResponsesProvider({
    settings: {
      id: 'openai-responses',
      name: 'OpenAI',
      kind: 'openai-responses',
      vendor: 'openai-responses',
      baseUrl: `${upstream.url}/v1`,
      apiKey: 'sk-of-the-background',
      local: false,
      configured: true,
      background: true,
    },
    limits: { connectTimeoutMs: 5_000, firstByteTimeoutMs: 20_000, idleTimeoutMs, maxResponseBytes: 1_000_000 },
  })
  const cancels = () => upstream.requests.filter(({ path }) => path.endsWith('/cancel')).map(({ path }) => path)
  return { provider, upstream, cancels }
}

const asking = (model: string, resume?: ProviderRequest['resume']): ProviderRequest => ({
  ...REQUEST,
  model,
  ...(resume ? { resume } : {}),
})

const handlesOf = (events: readonly ProviderEvent[]) =>
  events.flatMap((event) => (event.type === 'provider-handle' ? [event.handle] : []))

const reasoningOf = (events: readonly ProviderEvent[]) =>
  events.map((event) => (event.type === 'reasoning-delta' ? event.text : '')).join('')

function reply(response: ServerResponse, status: number, value: unknown): true {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  return true
}

describe('a background response', () => {
  test('is asked for as one, and tells its handle before its first word', async () => {
    const { provider, upstream } = await open()
    const events = await collect(provider, asking('count'))
    expect(JSON.parse(upstream.requests[0]?.body ?? '')).toMatchObject({ background: true, store: true, stream: true })
    expect(events[0]).toEqual({ type: 'provider-handle', handle: 'resp_1' })
    expect(textOf(events)).toBe(words(3, 't'))
    expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'stop' })
  })

  test.each([
    ['in its text', { afterCharacters: 7, afterReasoningCharacters: words(4, 'h').length }],
    ['in its thought', { afterCharacters: 0, afterReasoningCharacters: 4 }],
    ['before its first word', { afterCharacters: 0, afterReasoningCharacters: 0 }],
    ['behind its last word', { afterCharacters: words(6, 't').length, afterReasoningCharacters: words(4, 'h').length }],
  ])('goes on behind the last logged character %s, however it is asked for', async (_where, after) => {
    const { provider, upstream } = await open()
    const whole = await collect(provider, asking('count;tokens=6;thoughts=4'))
    for (const handle of handlesOf(whole)) {
      // A handle that tells a place was logged with what stands before it.
      if (handle.includes('@') && after.afterReasoningCharacters < words(4, 'h').length) continue
      const resumed = await collect(provider, asking('count', { handle, ...after }))
      expect(textOf(resumed)).toBe(words(6, 't').slice(after.afterCharacters))
      expect(reasoningOf(resumed)).toBe(words(4, 'h').slice(after.afterReasoningCharacters))
      expect(resumed.at(-1)).toMatchObject({ type: 'finish', reason: 'stop' })
    }
    expect(upstream.requests.filter(({ method }) => method === 'POST')).toHaveLength(1)
  })

  test('is resumed behind what must not be told twice, and asks for no more than the rest', async () => {
    const { provider, upstream } = await open()
    const whole = await collect(provider, asking('count;thoughts=4;call=1'))
    const told = whole.findLast((event) => event.type === 'provider-handle')
    expect(whole[whole.findIndex((event) => event === told) - 1]).toMatchObject({ type: 'tool-call' })
    const resume = {
      handle: told?.handle ?? '',
      afterCharacters: words(3, 't').length,
      afterReasoningCharacters: words(4, 'h').length,
    }
    const resumed = await collect(provider, asking('count', resume))
    expect(resumed.map(({ type }) => type)).toEqual(['usage', 'finish'])
    expect(resumed.at(-1)).toMatchObject({ reason: 'tool-calls' })
    const { path } = upstream.requests.at(-1) as ReceivedRequest
    expect(new URL(path, 'http://vendor').searchParams.get('starting_after')).toMatch(/^\d+$/)
  })

  test('is looked at until it is over, where it is too old to be streamed', async () => {
    const { provider, upstream } = await open({
      instead({ path }, response) {
        if (!path.includes('stream=true')) return false
        const message = 'This response can no longer be streamed because it is more than 5 minutes old.'
        return reply(response, 400, { error: { message, type: 'invalid_request_error' } })
      },
    })
    const controller = new AbortController()
    const first = provider.stream(asking('count;tokens=20;delay=30'), controller.signal)[Symbol.asyncIterator]()
    await first.next()
    controller.abort('drain')
    const resumed = await collect(
      provider,
      asking('count', { handle: 'resp_1', afterCharacters: 2, afterReasoningCharacters: 0 }),
    )
    expect(textOf(resumed)).toBe(words(20, 't').slice(2))
    expect(resumed.at(-1)).toMatchObject({ type: 'finish', reason: 'stop' })
    expect(upstream.requests.filter(({ method }) => method === 'GET').length).toBeGreaterThan(2)
  })

  test('that is there no longer says so at once, and cannot be had by another try', async () => {
    const { provider, cancels } = await open()
    const resumed = await collect(
      provider,
      asking('count', { handle: 'resp_9', afterCharacters: 2, afterReasoningCharacters: 0 }),
    )
    expect(resumed).toHaveLength(1)
    expectError(resumed, { status: 404, retryable: false, message: "Response with id 'resp_9' not found." })
    expect(cancels()).toEqual([])
  })

  test('goes on by itself when its connection breaks, and no word comes twice', async () => {
    const { provider, upstream } = await open()
    const events: ProviderEvent[] = []
    let cuts = 0
    for await (const batch of provider.stream(
      asking('count;tokens=40;delay=10;thoughts=3'),
      new AbortController().signal,
    )) {
      events.push(...batch)
      if (cuts < 2 && textOf(events).length > 40 * (cuts + 1)) cuts += Number(upstream.cutStreams() === undefined)
    }
    expect(cuts).toBe(2)
    expect(textOf(events)).toBe(words(40, 't'))
    expect(reasoningOf(events)).toBe(words(3, 'h'))
    expect(events.filter(({ type }) => type === 'reasoning-end')).toHaveLength(1)
    expect(events.at(-1)).toMatchObject({ type: 'finish' })
    expect(upstream.requests.filter(({ method }) => method === 'POST')).toHaveLength(1)
  })
})

describe('a background response that is no longer wanted', () => {
  test.each([
    ['Stop', 'cancel'],
    ['the generation time-out', undefined],
  ])('is stopped at its vendor before the end is told: %s', async (_who, reason) => {
    const { provider, upstream, cancels } = await open()
    const controller = new AbortController()
    const iterator = provider.stream(asking('count;tokens=500;delay=20'), controller.signal)[Symbol.asyncIterator]()
    while (upstream.responses.get('resp_1')?.events.length !== 5) await iterator.next()
    controller.abort(reason)
    const last = await drain(iterator)
    expectError(last, { kind: 'cancelled' })
    expect(cancels()).toEqual(['/v1/responses/resp_1/cancel'])
    expect(upstream.responses.get('resp_1')?.status).toBe('cancelled')
  })

  test.each(['drain', 'lost'])('is left to go on where another worker takes it over: %s', async (reason) => {
    const { provider, upstream, cancels } = await open()
    const controller = new AbortController()
    const iterator = provider.stream(asking('count;tokens=20;delay=5'), controller.signal)[Symbol.asyncIterator]()
    await iterator.next()
    controller.abort(reason)
    expectError(await drain(iterator), { kind: 'cancelled' })
    await vi.waitFor(() => expect(upstream.responses.get('resp_1')?.status).toBe('completed'))
    expect(cancels()).toEqual([])
  })

  test('tells its handle before it is left to another worker, where it comes in time', async () => {
    const { provider, upstream, cancels } = await open()
    const controller = new AbortController()
    const stream = provider.stream(asking('count;first=200;delay=5'), controller.signal)
    const draining = drain(stream[Symbol.asyncIterator]())
    await vi.waitFor(() => expect(upstream.openRequests()).toBe(1))
    controller.abort('drain')
    const events = await draining
    expect(handlesOf(events)).toEqual(['resp_1'])
    expectError(events, { kind: 'cancelled' })
    await vi.waitFor(() => expect(upstream.responses.get('resp_1')?.status).toBe('completed'))
    expect(cancels()).toEqual([])
  })

  test('is stopped as soon as its id is known', async () => {
    const { provider, upstream, cancels } = await open()
    const controller = new AbortController()
    const draining = drain(
      provider.stream(asking('count;first=300;delay=50'), controller.signal)[Symbol.asyncIterator](),
    )
    await vi.waitFor(() => expect(upstream.openRequests()).toBe(1))
    controller.abort('cancel')
    const events = await draining
    expectError(events, { kind: 'cancelled' })
    expect(textOf(events)).toBe('')
    expect(cancels()).toEqual(['/v1/responses/resp_1/cancel'])
  })

  test('is stopped when nobody reads on', async () => {
    const { provider, cancels } = await open()
    for await (const batch of provider.stream(asking('count;tokens=500;delay=10'), new AbortController().signal)) {
      if (textOf(batch) !== '') break
    }
    await vi.waitFor(() => expect(cancels()).toHaveLength(1))
  })

  test('is stopped when it was resumed', async () => {
    const { provider, upstream, cancels } = await open()
    const first = new AbortController()
    const iterator = provider.stream(asking('count;tokens=500;delay=10'), first.signal)[Symbol.asyncIterator]()
    await iterator.next()
    first.abort('drain')
    const second = new AbortController()
    const resume = { handle: 'resp_1', afterCharacters: 3, afterReasoningCharacters: 0 }
    const resumed = provider.stream(asking('count', resume), second.signal)[Symbol.asyncIterator]()
    await resumed.next()
    second.abort('cancel')
    expectError(await drain(resumed), { kind: 'cancelled' })
    expect(cancels()).toHaveLength(1)
    expect(upstream.responses.get('resp_1')?.status).toBe('cancelled')
  })

  test('does not hold up its end when the vendor is slow to answer', async () => {
    const { provider, cancels } = await open({ instead: ({ path }) => path.endsWith('/cancel') })
    const controller = new AbortController()
    const iterator = provider.stream(asking('count;tokens=500;delay=10'), controller.signal)[Symbol.asyncIterator]()
    await iterator.next()
    const before = performance.now()
    controller.abort('cancel')
    expectError(await drain(iterator), { kind: 'cancelled' })
    expect(performance.now() - before).toBeLessThan(1_000)
    expect(cancels()).toHaveLength(1)
  })

  test('is told to stop again where the first time got lost', async () => {
    let lost = 0
    const { provider, upstream, cancels } = await open({
      instead({ path }, response) {
        if (!path.endsWith('/cancel') || lost > 0) return false
        lost += 1
        response.destroy()
        return true
      },
    })
    const controller = new AbortController()
    const iterator = provider.stream(asking('count;tokens=500;delay=10'), controller.signal)[Symbol.asyncIterator]()
    await iterator.next()
    controller.abort('cancel')
    await drain(iterator)
    expect(cancels()).toHaveLength(2)
    expect(upstream.responses.get('resp_1')?.status).toBe('cancelled')
  })

  test('a good end stops nothing', async () => {
    const { provider, cancels } = await open()
    await collect(provider, asking('count'))
    await sleep(50)
    expect(cancels()).toEqual([])
  })
})

async function drain(iterator: AsyncIterator<readonly ProviderEvent[]>): Promise<ProviderEvent[]> {
  const events: ProviderEvent[] = []
  for (let step = await iterator.next(); !step.done; step = await iterator.next()) events.push(...step.value)
  return events
}
