import type { SharedFeed } from '#client/shared-feed.ts'
import { createFeedHost, type FeedHost } from './feed-host.ts'
import { SHARE_NAME, type HostMessage, type TabMessage } from './feed-messages.ts'
import type { FeedLink } from './tab-feed.ts'

/** On the channel everybody hears everything: a message to the host, to one tab, or to all. */
type Posted = { from: string; to: 'host'; message: TabMessage } | { to: string; message: HostMessage }

const ALL = 'all'

export interface ElectedLinkOptions {
  tabId: string
  listener: (message: HostMessage) => void
  /** The feed of this tab, shared with the others while it leads. */
  feed: () => SharedFeed
  onLead: () => void
  onYield: () => void
  onWake: () => void
  defer: (flush: () => void) => void
  locks?: Pick<LockManager, 'request'>
  channel?: Pick<BroadcastChannel, 'postMessage' | 'addEventListener'>
}

/**
 * The way to the tab that holds the connection for the others, which is whoever has the lock. The lock is released by the
 * browser when that tab goes, and taken from one that is silent.
 */
export function openElectedLink(options: ElectedLinkOptions): FeedLink {
  const { tabId, listener, feed, onLead, onYield, onWake, defer } = options
  const { locks = navigator.locks, channel = new BroadcastChannel(SHARE_NAME) } = options
  const post = (posted: Posted) => channel.postMessage(posted)
  let host: FeedHost<string> | undefined
  let waiting = new AbortController()
  let terms = 0

  const lead = () => {
    const hostId = `${tabId}-${(terms += 1)}`
    onLead()
    host = createFeedHost<string>({ feed: feed(), hostId, onWake, defer })
    post({ to: ALL, message: { type: 'alive', hostId } })
  }
  const stepDown = () => {
    host?.close()
    host = undefined
    onYield()
    wait()
  }
  const stand = (how: LockOptions) => {
    let leads = false
    const hold = () => {
      leads = true
      lead()
      return new Promise<void>(() => undefined)
    }
    // A wait that was given up in order to take the lock ends here too.
    void locks.request(SHARE_NAME, how, hold).catch(() => leads && stepDown())
  }
  const wait = () => {
    waiting = new AbortController()
    stand({ signal: waiting.signal })
  }

  channel.addEventListener('message', ({ data }: MessageEvent<Posted>) => {
    if (data.to === ALL || data.to === tabId) listener(data.message as HostMessage)
    else if ('from' in data && host) {
      const { from } = data
      host.take(from, data.message, (message) => post({ to: from, message }))
    }
  })
  window.addEventListener('pagehide', () => post({ from: tabId, to: 'host', message: { type: 'bye' } }))
  wait()
  return {
    post: (message) => post({ from: tabId, to: 'host', message }),
    revive() {
      waiting.abort()
      stand({ steal: true })
    },
  }
}
