import { createSharedFeed, type OpenSource, type SharedFeed } from '#client/shared-feed.ts'
import type { HostMessage, TabMessage } from './feed-messages.ts'

const TICK_MS = 1000
/** A host that says nothing for this long is dead, or frozen. */
const SILENT_MS = 3000
/** So long after that a tab begins to look for another host. */
const REVIVE_MS = 1500

/** The way to the host, whoever that is. */
export interface FeedLink {
  post: (message: TabMessage) => void
  /** Looks for another host in the place of one that is silent. */
  revive: () => void
}

export interface TabFeedOptions {
  openLink: (listener: (message: HostMessage) => void) => FeedLink
  /** A connection of this tab's own. */
  openOwn: OpenSource
  isVisible: () => boolean
  onWake: (listener: () => void) => () => void
  random?: () => number
  now?: () => number
}

export interface TabFeed extends SharedFeed {
  /** This tab holds the connection for all from now on. */
  lead: () => void
  /** Another one does. */
  yield: () => void
}

type Mode =
  | { type: 'waiting' }
  | { type: 'sharing'; hostId: string }
  | { type: 'own'; since: number }
  | { type: 'leading' }

const NO_SOURCE: OpenSource = () => ({ follow: () => undefined, close: () => undefined })

/**
 * The feed of one tab: shared with the other tabs over a link, and over a connection of its own for as long as whoever holds
 * the shared one is silent. A hidden tab waits for the moment in which it is looked at: a browser allows six connections.
 */
export function createTabFeed(options: TabFeedOptions): TabFeed {
  const { openLink, openOwn, isVisible, onWake, random = Math.random, now = () => performance.now() } = options
  const feed = createSharedFeed(NO_SOURCE)
  let mode: Mode = { type: 'waiting' }
  let tell: Parameters<OpenSource>[0] | undefined
  let heardAt = now()
  let tickedAt = now()
  let patienceMs = REVIVE_MS

  const overLink: OpenSource = (listener) => {
    tell = listener
    link.post({ type: 'hello' })
    return {
      follow: (set) => link.post({ type: 'follow', set: [...set] }),
      close() {
        tell = undefined
        link.post({ type: 'bye' })
      },
    }
  }

  const hear = (message: HostMessage) => {
    heardAt = now()
    if (mode.type === 'leading') return
    if (mode.type !== 'sharing' || mode.hostId !== message.hostId || message.type === 'unknown') {
      mode = { type: 'sharing', hostId: message.hostId }
      feed.reopen(overLink)
    } else if (message.type === 'items') for (const item of message.items) tell?.(item)
  }

  const tick = () => {
    // A tab that slept has heard nothing because it could not, and finds what it missed in its queue.
    if (now() - tickedAt > 2 * TICK_MS) heardAt = now()
    tickedAt = now()
    if (mode.type === 'leading') return
    link.post({ type: 'ping' })
    if (now() - heardAt < SILENT_MS || !isVisible()) return
    if (mode.type !== 'own') {
      mode = { type: 'own', since: now() }
      patienceMs = REVIVE_MS * (1 + random())
      feed.reopen(openOwn)
    } else if (now() - mode.since > patienceMs) {
      mode = { type: 'own', since: now() }
      link.revive()
    }
  }

  const link = openLink(hear)
  link.post({ type: 'ping' })
  setInterval(tick, TICK_MS)
  onWake(() => {
    if (mode.type === 'sharing') link.post({ type: 'wake' })
    tick()
  })

  return {
    ...feed,
    lead() {
      mode = { type: 'leading' }
      feed.reopen(openOwn)
    },
    yield() {
      mode = { type: 'waiting' }
      heardAt = now()
      feed.reopen(NO_SOURCE)
      link.post({ type: 'ping' })
    },
  }
}
