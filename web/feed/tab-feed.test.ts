import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { FeedItem } from '#client/feed-item.ts'
import { createSharedFeed } from '#client/shared-feed.ts'
import type { OpenSource } from '#client/shared-feed.ts'
import { createFeedHost } from './feed-host.ts'
import type { HostMessage, TabMessage } from './feed-messages.ts'
import { createTabFeed } from './tab-feed.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const OPEN: FeedItem = { type: 'connection', state: 'open', resumed: true, revision: 4 }
const REMOVED: FeedItem = { type: 'removed', id: 'c' }

describe('createTabFeed', () => {
  it('shares the connection of a host: the tabs follow what any of them wants, each is told what it follows', () => {
    const host = startHost('h')
    const one = startTab(host)
    const two = startTab(host)
    one.follow('g')
    two.follow('h')
    host.source().tell(OPEN)
    expect(host.source().followed).toEqual(['g', 'h'])
    host.source().tellEvents('g', 1, 2)
    host.source().tellEvents('h', 1, 1)
    expect(one.seen.filter(isEvent).map(({ cursor }) => cursor)).toEqual(['1-1', '1-2'])
    expect(two.seen.filter(isEvent).map(({ cursor }) => cursor)).toEqual(['1-1'])
    expect([one.own.length, two.own.length, host.sources.length]).toEqual([0, 0, 1])
  })

  it('takes a connection of its own when the host is silent for three seconds, where it was, and comes back', () => {
    const host = startHost('h')
    const tab = startTab(host)
    tab.follow('g')
    host.source().tellEvents('g', 1, 3)
    host.silent = true
    vi.advanceTimersByTime(2_500)
    expect(tab.own).toHaveLength(0)
    vi.advanceTimersByTime(2_000)
    expect(tab.own).toHaveLength(1)
    expect(tab.own[0]!.asked).toEqual([{ g: '1-3' }])
    host.silent = false
    vi.advanceTimersByTime(1_000)
    expect(tab.own[0]!.closed).toBe(true)
    host.source().tellEvents('g', 3, 4)
    expect(tab.seen.filter(isEvent).map(({ cursor }) => cursor)).toEqual(['1-1', '1-2', '1-3', '1-4'])
  })

  it('looks for another host while it goes its own way', () => {
    const host = startHost('h')
    const tab = startTab(host)
    host.silent = true
    vi.advanceTimersByTime(10_000)
    expect(tab.revived()).toBeGreaterThan(0)
  })

  it('goes over to a new host when one speaks', () => {
    const old = startHost('old')
    const tab = startTab(old)
    tab.follow('g')
    const next = startHost('next')
    tab.connectTo(next)
    vi.advanceTimersByTime(1_000)
    expect(next.source().followed).toEqual(['g'])
    old.source().tell(REMOVED)
    expect(tab.seen).not.toContainEqual(REMOVED)
    next.source().tell(REMOVED)
    expect(tab.seen).toContainEqual(REMOVED)
  })

  it('does not take its own sleep for the silence of the host', () => {
    const host = startHost('h')
    const tab = startTab(host)
    // Timers of a frozen tab run late, and only then does it hear what was said meanwhile.
    vi.setSystemTime(Date.now() + 60_000)
    tab.clock.aheadMs += 60_000
    host.silent = true
    vi.advanceTimersByTime(1_000)
    host.silent = false
    vi.advanceTimersByTime(3_000)
    expect(tab.own).toHaveLength(0)
  })

  it('waits while it is hidden', () => {
    const host = startHost('h')
    const tab = startTab(host)
    tab.visible = false
    host.silent = true
    vi.advanceTimersByTime(20_000)
    expect(tab.own).toHaveLength(0)
    tab.visible = true
    tab.wake()
    expect(tab.own).toHaveLength(1)
  })

  it('is let go when it leaves or is silent for minutes, and taken in again when it speaks', () => {
    const host = startHost('h')
    const tab = startTab(host)
    const gone = startTab(host)
    gone.follow('g')
    tab.follow('h')
    expect(host.source().followed).toEqual(['h', 'g'])
    gone.deaf = true
    vi.advanceTimersByTime(151_000)
    expect(host.source().followed).toEqual(['h'])
    gone.deaf = false
    vi.advanceTimersByTime(1_000)
    expect(host.source().followed).toEqual(['h', 'g'])
    tab.say({ type: 'bye' })
    expect(host.source().followed).toEqual(['g'])
  })

  it('passes on to the host that it woke up', () => {
    const host = startHost('h')
    startTab(host).wake()
    expect(host.wakes()).toBe(1)
  })
})

const isEvent = (item: FeedItem) => item.type === 'event'

type Host = ReturnType<typeof startHost>

function startHost(hostId: string) {
  const sources: ReturnType<typeof fakeSource>[] = []
  let wakes = 0
  const host = createFeedHost<object>({
    feed: createSharedFeed(fakeOpen(sources)),
    hostId,
    onWake: () => (wakes += 1),
    defer: (flush) => flush(),
  })
  return { host, sources, source: () => sources.at(-1)!, silent: false, wakes: () => wakes }
}

function startTab(firstHost: Host) {
  const own: ReturnType<typeof fakeSource>[] = []
  const seen: FeedItem[] = []
  const wakes = new Set<() => void>()
  const key = {}
  const clock = { aheadMs: 0 }
  let host = firstHost
  let revived = 0
  let listen: (message: HostMessage) => void = () => undefined
  const say = (message: TabMessage) => {
    const to = host
    if (to.silent || tab.deaf) return
    to.host.take(key, message, (reply) => {
      if (!to.silent && !tab.deaf) listen(reply)
    })
  }
  const tab = {
    own,
    seen,
    say,
    clock,
    deaf: false,
    visible: true,
    revived: () => revived,
    connectTo: (other: Host) => void (host = other),
    wake: () => wakes.forEach((listener) => listener()),
    follow: (generationId: string) => subscription.follow(new Map([[generationId, undefined]])),
  }
  const feed = createTabFeed({
    openLink: (listener) => {
      listen = listener
      return { post: say, revive: () => (revived += 1) }
    },
    openOwn: fakeOpen(own),
    isVisible: () => tab.visible,
    onWake(listener) {
      wakes.add(listener)
      return () => void wakes.delete(listener)
    },
    now: () => performance.now() + clock.aheadMs,
  })
  const subscription = feed.subscribe((item) => seen.push(item))
  return tab
}

function fakeOpen(sources: ReturnType<typeof fakeSource>[]): OpenSource {
  return (listener) => {
    const source = fakeSource(listener)
    sources.push(source)
    return source
  }
}

function fakeSource(tell: (item: FeedItem) => void) {
  const source = {
    asked: [] as Record<string, string | undefined>[],
    followed: [] as string[],
    closed: false,
    tell,
    tellEvents(generationId: string, from: number, to: number) {
      for (let seq = from; seq <= to; seq += 1)
        tell({ type: 'event', generationId, cursor: `1-${seq}`, event: { type: 'text-delta', at: seq, text: 'x' } })
    },
    follow(set: ReadonlyMap<string, string | undefined>) {
      source.asked.push(Object.fromEntries(set))
      source.followed = [...set.keys()]
    },
    close: () => void (source.closed = true),
  }
  return source
}
