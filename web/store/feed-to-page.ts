import type { FeedItem } from '#client/feed-item.ts'
import { NOBODY_BEHIND, type ObservedConnection } from './connection.ts'
import type { ConversationCache } from './conversation-cache.ts'
import type { ServerClock } from './server-clock.ts'

export interface FeedToPageOptions {
  cache: Pick<ConversationCache, 'changed' | 'removed' | 'reconcile'>
  connection: Pick<ObservedConnection, 'report'>
  serverClock: Pick<ServerClock, 'learn'>
}

/** Brings what the feed tells to what the page holds. */
export function createFeedToPage({ cache, connection, serverClock }: FeedToPageOptions): (item: FeedItem) => void {
  return (item) => {
    if (item.type === 'conversation') void cache.changed(item.conversation)
    else if (item.type === 'removed') cache.removed(item.id)
    else if (item.type === 'open') serverClock.learn(item.at, Date.now())
    else if (item.type === 'connection') {
      if (item.state === 'open') {
        connection.report(true)
        if (!item.resumed) void cache.reconcile(item.revision)
      } else if (isUnreachable(item.error)) connection.report(false)
    }
  }
}

function isUnreachable({ code, status }: { code: string; status: number | undefined }): boolean {
  return code === 'network' || code === 'timeout' || (status !== undefined && NOBODY_BEHIND.has(status))
}
