import { describe, expect, it } from 'vitest'
import type { GenerationEvent } from '#protocol/events.ts'
import type { FeedItem, FollowedSet } from './feed-item.ts'
import { followOver } from './follow-over.ts'
import type { Followed } from './follow.ts'
import { createSharedFeed, type OpenSource } from './shared-feed.ts'

const OPEN: FeedItem = { type: 'connection', state: 'open', resumed: true, revision: 4 }
const EVENT: GenerationEvent = { type: 'text-delta', at: 1, text: 'x' }
const LIVE = { id: 'g', conversationId: 'c', messageId: 'm', status: 'running' } as const

describe('createSharedFeed', () => {
  it('follows what any of them wants, over one source that is open as long as somebody is there', () => {
    const { feed, sources } = start()
    const one = feed.subscribe(() => undefined)
    const two = feed.subscribe(() => undefined)
    one.follow(new Map([['g', undefined]]))
    two.follow(new Map([['h', '1-3']]))
    expect(sources).toHaveLength(1)
    expect(sources[0]!.asked).toEqual([{ g: '0-0' }, { g: undefined, h: '1-3' }])
    one.close()
    expect(sources[0]!.asked.at(-1)).toEqual({ h: undefined })
    two.close()
    expect(sources[0]!.closed).toBe(true)
    feed.subscribe(() => undefined)
    expect(sources).toHaveLength(2)
  })

  it('tells who comes late at once how it stands', () => {
    const { feed, sources } = start()
    feed.subscribe(() => undefined)
    sources[0]!.tell(OPEN)
    sources[0]!.tell({ type: 'live', generations: [LIVE, { ...LIVE, id: 'h' }] })
    sources[0]!.tell({ type: 'generation', generation: { ...LIVE, id: 'h', status: 'failed' } })
    sources[0]!.tell({ type: 'generation', generation: { ...LIVE, id: 'i' } })
    const seen: FeedItem[] = []
    feed.subscribe((item) => seen.push(item))
    expect(seen).toEqual([
      { ...OPEN, resumed: false },
      { type: 'live', generations: [LIVE, { ...LIVE, id: 'i' }] },
    ])
  })

  it('goes back for one that is behind, and the others see nothing twice', () => {
    const { feed, sources } = start()
    const [source] = [() => sources[0]!]
    const ahead = cursorsFrom(feed)
    ahead.follow(new Map([['g', undefined]]))
    source().tellEvents('g', 1, 4)
    const behind = cursorsFrom(feed)
    behind.follow(new Map([['g', '1-2']]))
    expect(source().asked.at(-1)).toEqual({ g: '1-2' })
    source().tellEvents('g', 3, 6)
    expect(ahead.seen).toEqual(['1-1', '1-2', '1-3', '1-4', '1-5', '1-6'])
    expect(behind.seen).toEqual(['1-3', '1-4', '1-5', '1-6'])
  })

  it('steps over nothing when what was on its way comes after it went back', () => {
    const { feed, sources } = start()
    const ahead = cursorsFrom(feed)
    ahead.follow(new Map([['g', undefined]]))
    sources[0]!.tellEvents('g', 1, 2)
    const behind = cursorsFrom(feed)
    behind.follow(new Map([['g', undefined]]))
    // A source in another tab hears only now that it is to go back.
    sources[0]!.tellEvents('g', 3, 3)
    sources[0]!.tellEnd('g', 4)
    expect(behind.seen).toEqual([])
    sources[0]!.tellEvents('g', 1, 3)
    sources[0]!.tellEnd('g', 4)
    expect(ahead.seen).toEqual(['1-1', '1-2', '1-3', '1-4', 'ended'])
    expect(behind.seen).toEqual(ahead.seen)
  })

  it('does not move for one that is further on', () => {
    const { feed, sources } = start()
    const first = cursorsFrom(feed)
    first.follow(new Map([['g', undefined]]))
    const further = cursorsFrom(feed)
    further.follow(new Map([['g', '1-2']]))
    expect(sources[0]!.asked).toHaveLength(1)
    sources[0]!.tellEvents('g', 1, 3)
    expect(further.seen).toEqual(['1-3'])
  })

  it('tells an end once to each, and asks again for one that comes after it', () => {
    const { feed, sources } = start()
    const first = cursorsFrom(feed)
    first.follow(new Map([['g', undefined]]))
    sources[0]!.tellEvents('g', 1, 2)
    sources[0]!.tell({ type: 'ended', generationId: 'g' })
    const late = cursorsFrom(feed)
    late.follow(new Map([['g', undefined]]))
    expect(sources[0]!.asked.at(-1)).toEqual({ g: '0-0' })
    sources[0]!.tellEvents('g', 1, 2)
    sources[0]!.tell({ type: 'ended', generationId: 'g' })
    expect(first.seen).toEqual(['1-1', '1-2', 'ended'])
    expect(late.seen).toEqual(['1-1', '1-2', 'ended'])
  })

  it('goes on over another source where its subscribers are', () => {
    const { feed, sources, open } = start()
    const one = cursorsFrom(feed)
    one.follow(new Map([['g', undefined]]))
    const old = sources[0]!
    old.tellEvents('g', 1, 3)
    feed.reopen(open)
    expect(old.closed).toBe(true)
    expect(sources[1]!.asked).toEqual([{ g: '1-3' }])
    old.tellEvents('g', 4, 5)
    sources[1]!.tellEvents('g', 4, 4)
    expect(one.seen).toEqual(['1-1', '1-2', '1-3', '1-4'])
  })
})

describe('followOver', () => {
  it('tells one generation as a stream of its own would, and leaves it at its end', async () => {
    const { feed, sources } = start()
    const seen: Followed[] = []
    const done = (async () => {
      for await (const item of followOver(feed, 'g', { signal: AbortSignal.timeout(5000) })) seen.push(item)
    })()
    const source = sources[0]!
    source.tell(OPEN)
    source.tell({ type: 'queued', generationId: 'g', position: 2 })
    source.tell({ type: 'event', generationId: 'h', cursor: '1-1', event: EVENT })
    source.tell({ type: 'restart', generationId: 'g' })
    source.tellEvents('g', 1, 1)
    source.tell({ type: 'connection', state: 'lost', retryInMs: 5, error: { code: 'network', status: undefined } })
    source.tell({ type: 'ended', generationId: 'g' })
    await done
    expect(seen).toMatchObject([
      { type: 'connection', state: 'open' },
      { type: 'queued', position: 2 },
      { type: 'restart' },
      { type: 'event', cursor: '1-1', event: EVENT },
      { type: 'connection', state: 'lost', retryInMs: 5, error: { code: 'network' } },
    ])
    expect(source.closed).toBe(true)
  })

  it('throws when it cannot be followed, and ends quietly when the caller leaves', async () => {
    const { feed, sources } = start()
    const lost = followOver(feed, 'g', { signal: AbortSignal.timeout(5000) }).next()
    sources[0]!.tell({ type: 'lost', generationId: 'g', reason: 'dropped' })
    await expect(lost).rejects.toMatchObject({ code: 'log-dropped', status: 410 })
    const caller = new AbortController()
    const left = followOver(feed, 'g', { signal: caller.signal }).next()
    caller.abort()
    expect(await left).toEqual({ done: true, value: undefined })
    expect(sources.at(-1)!.closed).toBe(true)
  })
})

function start() {
  const sources: ReturnType<typeof fakeSource>[] = []
  const open: OpenSource = (listener) => {
    const source = fakeSource(listener)
    sources.push(source)
    return source
  }
  return { feed: createSharedFeed(open), sources, open }
}

function fakeSource(listener: (item: FeedItem) => void) {
  const asked: Record<string, string | undefined>[] = []
  const source = {
    asked,
    closed: false,
    tell: listener,
    tellEvents(generationId: string, from: number, to: number) {
      for (let seq = from; seq <= to; seq += 1)
        listener({ type: 'event', generationId, cursor: `1-${seq}`, event: EVENT })
    },
    tellEnd(generationId: string, seq: number) {
      const event: GenerationEvent = { type: 'end', at: 2, status: 'completed' }
      listener({ type: 'event', generationId, cursor: `1-${seq}`, event })
      listener({ type: 'ended', generationId })
    },
    follow: (set: FollowedSet) => void asked.push(Object.fromEntries(set)),
    close: () => void (source.closed = true),
  }
  return source
}

function cursorsFrom(feed: ReturnType<typeof createSharedFeed>) {
  const seen: string[] = []
  const subscription = feed.subscribe((item) => {
    if (item.type === 'event') seen.push(item.cursor)
    if (item.type === 'ended') seen.push('ended')
  })
  return { ...subscription, seen }
}
