import type { MillraceClient } from '#client/create-millrace-client.ts'
import { createFeedSource } from '#client/feed-source.ts'
import type { SharedFeed } from '#client/shared-feed.ts'
import { createDefer } from './defer.ts'
import { openElectedLink } from './elected-link.ts'
import { createTabFeed, type TabFeed } from './tab-feed.ts'
import { openWorkerLink } from './worker-link.ts'

export interface OpenFeedOptions {
  client: Pick<MillraceClient, 'feed'>
  onWake: (listener: () => void) => () => void
  /** Others that share this tab's connection have woken up. */
  wake: () => void
}

/**
 * The feed of this page over the connection that the tabs of this browser share: in a worker of theirs, without one in a tab
 * that they elect; alone where a browser knows neither.
 */
export function openFeed({ client, onWake, wake }: OpenFeedOptions): SharedFeed {
  const openOwn = createFeedSource({ client, onWake })
  const isVisible = () => document.visibilityState === 'visible'
  if (typeof SharedWorker !== 'undefined') {
    return createTabFeed({ openLink: openWorkerLink, openOwn, isVisible, onWake })
  }
  if (typeof BroadcastChannel === 'undefined' || !('locks' in navigator)) {
    const alone = createTabFeed({ openLink: () => NO_LINK, openOwn, isVisible, onWake })
    alone.lead()
    return alone
  }
  const tab: TabFeed = createTabFeed({
    openLink: (listener) =>
      openElectedLink({
        tabId: crypto.randomUUID(),
        listener,
        feed: () => tab,
        onLead: () => tab.lead(),
        onYield: () => tab.yield(),
        onWake: wake,
        defer: createDefer(),
      }),
    openOwn,
    isVisible,
    onWake,
  })
  return tab
}

const NO_LINK = { post: () => undefined, revive: () => undefined }
