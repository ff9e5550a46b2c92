import type { FeedItem } from '#client/feed-item.ts'

/**
 * Names the worker, the lock and the channel that the tabs of this browser share. Counted up with every change of the
 * messages below: after a deploy old tabs keep the old worker, new ones start their own.
 */
export const SHARE_NAME = 'millrace-feed-1'

/**
 * What a tab says to the host that holds the connection. `hello` begins a new subscription; `follow` sets what it follows;
 * `ping`, about every second, is answered; `wake` says that the network or the page came back.
 */
export type TabMessage =
  | { type: 'hello' }
  | { type: 'follow'; set: [generationId: string, after: string | undefined][] }
  | { type: 'ping' }
  | { type: 'wake' }
  | { type: 'bye' }

/** What a host says to a tab; `unknown` when the tab has to say `hello` first. */
export type HostMessage = { hostId: string } & (
  | { type: 'alive' }
  | { type: 'unknown' }
  | { type: 'items'; items: FeedItem[] }
)
