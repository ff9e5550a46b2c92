import type { FeedItem } from '#client/feed-item.ts'
import type { SharedFeed, Subscription } from '#client/shared-feed.ts'
import type { HostMessage, TabMessage } from './feed-messages.ts'

/** A hidden tab may be let run only once a minute; one that was silent for longer is gone, or frozen and comes back. */
const GONE_MS = 150_000

export interface FeedHostOptions {
  feed: SharedFeed
  hostId: string
  onWake: () => void
  /** Calls back once what is at hand was done; what is told meanwhile goes out as one message. */
  defer: (flush: () => void) => void
  now?: () => number
}

export interface FeedHost<Tab> {
  take: (tab: Tab, message: TabMessage, post: (message: HostMessage) => void) => void
  leave: (tab: Tab) => void
  /** Lets all go. */
  close: () => void
}

interface Guest {
  subscription: Subscription
  heardAt: number
}

/** Lets other tabs share the feed. Speaks only when spoken to, besides what the feed tells: timers of hidden tabs sleep. */
export function createFeedHost<Tab>(options: FeedHostOptions): FeedHost<Tab> {
  const { feed, hostId, onWake, defer, now = () => Date.now() } = options
  const guests = new Map<Tab, Guest>()

  const leave = (tab: Tab) => {
    guests.get(tab)?.subscription.close()
    guests.delete(tab)
  }
  const dropSilent = () => {
    for (const [tab, { heardAt }] of guests) if (now() - heardAt > GONE_MS) leave(tab)
  }
  const welcome = (tab: Tab, post: (message: HostMessage) => void) => {
    let items: FeedItem[] = []
    const flush = () => {
      const told = items
      items = []
      if (guests.get(tab) === guest) post({ type: 'items', hostId, items: told })
    }
    const before = guests.get(tab)
    const guest: Guest = {
      heardAt: now(),
      subscription: feed.subscribe((item) => {
        if (items.push(item) === 1) defer(flush)
      }),
    }
    guests.set(tab, guest)
    before?.subscription.close()
    post({ type: 'alive', hostId })
  }

  return {
    take(tab, message, post) {
      if (message.type === 'hello') return welcome(tab, post)
      if (message.type === 'bye') return leave(tab)
      const guest = guests.get(tab)
      if (!guest) return post({ type: 'unknown', hostId })
      guest.heardAt = now()
      if (message.type === 'follow') guest.subscription.follow(new Map(message.set))
      else if (message.type === 'wake') onWake()
      else {
        post({ type: 'alive', hostId })
        dropSilent()
      }
    },
    leave,
    close() {
      for (const tab of guests.keys()) leave(tab)
    },
  }
}
