import { describe, expect, it, vi } from 'vitest'
import type { GenerationEvent } from '#protocol/events.ts'
import { emptyAnswer, fold } from '#protocol/fold.ts'
import { plainText } from '#protocol/messages.ts'
import { createMillraceClient, type ClientOptions } from './create-millrace-client.ts'
import type { FeedItem, FollowedSet } from './feed-item.ts'
import { conversationFrame, createFeedServer } from './feed-server.fixture.ts'

const logOf = (...texts: string[]): GenerationEvent[] => [
  { type: 'attempt-start', at: 1, attempt: 1, reason: 'first', provider: 'demo', model: 'chat' },
  ...texts.map((text): GenerationEvent => ({ type: 'text-delta', at: 2, text })),
  { type: 'end', at: 3, status: 'completed' },
]
const LOGS = { one: logOf('水', '車 ', 'grinds\n\n'), two: logOf('data: ', 'x') }
const THREE = ['1-1', '1-2', '1-3']
const BOTH: FollowedSet = new Map([
  ['one', undefined],
  ['two', undefined],
])

describe('feed', () => {
  it('gives the exact texts and every change once, wherever the connection is cut, at every byte', async () => {
    let cutAt = 1
    let connection = 0
    await using server = await createFeedServer({
      logs: { one: logOf('水車\n\n'), two: logOf('data: x') },
      changes: ['a', 'b'],
      begin: 0,
      cutAt: () => ((connection += 1) === 1 ? cutAt : undefined),
    })
    // A cut after the last byte is none: all was said on the first connection.
    for (connection = 2; connection > 1; cutAt += 1) {
      connection = 0
      const seen = await collect(server.baseUrl, { follow: BOTH }, (items) => endedOf(items).length === 2)
      expect([textOf(seen, 'one'), textOf(seen, 'two')]).toEqual(['水車\n\n', 'data: x'])
      expect([cursorsOf(seen, 'one'), cursorsOf(seen, 'two')]).toEqual([THREE, THREE])
      expect(seen.flatMap((item) => (item.type === 'conversation' ? [item.conversation.id] : []))).toEqual(['a', 'b'])
    }
    expect(cutAt).toBeGreaterThan(500)
  })

  it('goes on after a drop at the revision it has seen', async () => {
    await using server = await createFeedServer({
      changes: ['a', 'b'],
      cutAt: (number) => (number === 1 ? 9999 : undefined),
    })
    let told = 0
    const seen = await collect(server.baseUrl, {}, (items) => {
      told = items.filter(({ type }) => type === 'open').length
      return told === 2
    })
    expect(server.requests).toEqual(['/api/v1/events', '/api/v1/events?after=2'])
    expect(seen.filter(({ type }) => type === 'connection')).toMatchObject([
      { state: 'open', resumed: false, revision: 2 },
      { state: 'lost', error: { code: 'network' } },
      { state: 'open', resumed: true, revision: 2 },
    ])
  })

  it('tells the open stream what to follow, in one request for what is asked in one breath', async () => {
    await using server = await createFeedServer({ logs: LOGS })
    const seen = await collect(
      server.baseUrl,
      {},
      (items) => endedOf(items).length === 2,
      (item, feed) => {
        if (item.type !== 'live') return
        feed.follow(new Map([['one', undefined]]))
        feed.follow(
          new Map([
            ['one', '1-2'],
            ['two', undefined],
          ]),
        )
      },
    )
    expect(server.told).toEqual([
      {
        follow: [
          { generationId: 'one', after: '1-2' },
          { generationId: 'two', after: '0-0' },
        ],
      },
    ])
    expect(cursorsOf(seen, 'one')).toEqual(['1-3', '1-4', '1-5'])
    expect(server.requests.filter((path) => !path.includes('follow'))).toHaveLength(1)
  })

  it('opens the stream anew with the whole set when the server does not know it', async () => {
    await using server = await createFeedServer({
      logs: LOGS,
      instead(_request, response, connection) {
        if (connection > 1) return false
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write('event: open\nid: 7\ndata: {"streamId":"gone","at":1}\n\n')
        return true
      },
    })
    const seen = await collect(
      server.baseUrl,
      {},
      (items) => endedOf(items).length === 1,
      (item, feed) => {
        if (item.type === 'open') feed.follow(new Map([['two', undefined]]))
      },
    )
    expect(textOf(seen, 'two')).toBe('data: x')
    expect(server.requests).toContain('/api/v1/events?after=7&follow=two')
  })

  it('drops what comes twice and steps over no gap', async () => {
    await using server = await createFeedServer({ logs: LOGS })
    const [start, first] = LOGS.two
    const seen = await collect(
      server.baseUrl,
      {},
      (items) => endedOf(items).length === 1,
      (item, feed) => {
        if (item.type !== 'live') return
        feed.follow(new Map([['two', '1-1']]))
        // What a stream that is behind or ahead would say before it has heard of that.
        const log = (cursor: string, event: GenerationEvent) =>
          server.write({ event: 'log', data: { generationId: 'two', events: [{ ...event, cursor }] } })
        log('1-1', start!)
        log('1-3', first!)
      },
    )
    expect(cursorsOf(seen, 'two')).toEqual(['1-2', '1-3', '1-4'])
    expect(textOf(seen, 'two')).toBe('data: x')
  })

  it.each([
    ['mismatch', '9-2'],
    ['beyond-tail', '1-9'],
  ])('begins a log again whose place is unknown (%s)', async (_reason, after) => {
    await using server = await createFeedServer({ logs: { far: logOf('text') } })
    const follow = new Map([['far', after]])
    const seen = await collect(server.baseUrl, { follow }, (items) => endedOf(items).length === 1)
    expect(seen).toContainEqual({ type: 'restart', generationId: 'far' })
    expect(cursorsOf(seen, 'far')).toEqual(THREE)
  })

  it('says what cannot be followed', async () => {
    await using server = await createFeedServer({})
    const seen = await collect(server.baseUrl, { follow: new Map([['none', undefined]]) }, (items) =>
      items.some(({ type }) => type === 'lost'),
    )
    expect(seen.at(-1)).toEqual({ type: 'lost', generationId: 'none', reason: 'unknown' })
  })

  it('passes on the conversations and what runs', async () => {
    await using server = await createFeedServer({})
    const seen = await collect(
      server.baseUrl,
      {},
      (items) => items.some(({ type }) => type === 'removed'),
      (item) => {
        if (item.type !== 'live') return
        server.write(conversationFrame('c', 8), '8')
        server.write({ event: 'removed', data: { id: 'd' } }, '9')
      },
    )
    expect(seen).toContainEqual({ type: 'open', at: 1_000 })
    expect(seen).toContainEqual({ type: 'conversation', conversation: { id: 'c', revision: 8 } })
  })

  it('opens a silent stream anew when the page wakes up', async () => {
    const listeners = new Set<() => void>()
    let now = 0
    await using server = await createFeedServer({ changes: ['a'] })
    let opens = 0
    await collect(
      server.baseUrl,
      {},
      (items) => items.filter(({ type }) => type === 'open').length === 2,
      (item) => {
        if (item.type !== 'live') return
        opens += 1
        now += 60_000
        if (opens === 1) setImmediate(() => listeners.forEach((listener) => listener()))
      },
      {
        now: () => now,
        onWake: (listener) => {
          listeners.add(listener)
          return () => listeners.delete(listener)
        },
      },
    )
    expect(server.requests).toEqual(['/api/v1/events', '/api/v1/events?after=1'])
    await vi.waitFor(() => expect(listeners.size).toBe(0))
  })
})

async function collect(
  baseUrl: string,
  options: { follow?: FollowedSet },
  isDone: (items: readonly FeedItem[]) => boolean,
  onEach: (item: FeedItem, feed: { follow: (set: FollowedSet) => void }) => void = () => undefined,
  clientOptions: Partial<ClientOptions> = {},
): Promise<FeedItem[]> {
  const client = createMillraceClient({ baseUrl, fetch, backoff: { firstMs: 1, mostMs: 2 }, ...clientOptions })
  const seen: FeedItem[] = []
  const feed = client.feed({ ...options, signal: AbortSignal.timeout(10_000) })
  for await (const item of feed) {
    seen.push(item)
    onEach(item, feed)
    if (isDone(seen)) return seen
  }
  throw new Error(`the feed went silent after ${JSON.stringify(seen)}`)
}

function textOf(seen: readonly FeedItem[], generationId: string): string {
  let answer = emptyAnswer()
  for (const item of seen)
    if (item.type === 'event' && item.generationId === generationId) answer = fold(answer, item.event)
  return plainText(answer.parts)
}

function cursorsOf(seen: readonly FeedItem[], generationId: string): string[] {
  return seen.flatMap((item) => (item.type === 'event' && item.generationId === generationId ? [item.cursor] : []))
}

function endedOf(seen: readonly FeedItem[]) {
  return seen.filter(({ type }) => type === 'ended')
}
