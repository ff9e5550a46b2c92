import { ClientError } from './client-error.ts'
import type { FeedItem } from './feed-item.ts'
import type { Followed, FollowOptions } from './follow.ts'
import type { SharedFeed } from './shared-feed.ts'

/** Follows one generation over a feed that is shared, as `follow` does over a stream of its own. */
export async function* followOver(
  feed: SharedFeed,
  generationId: string,
  { after, signal }: FollowOptions,
): AsyncGenerator<Followed, void> {
  let items: FeedItem[] = []
  let wake: (() => void) | undefined
  const rouse = () => wake?.()
  const subscription = feed.subscribe((item) => {
    items.push(item)
    rouse()
  })
  signal.addEventListener('abort', rouse)
  try {
    subscription.follow(new Map([[generationId, after]]))
    while (!signal.aborted) {
      const told = items
      items = []
      for (const item of told) {
        if ('generationId' in item && item.generationId !== generationId) continue
        if (item.type === 'ended') return
        if (item.type === 'lost') throw lossOf(item.reason)
        const followed = followedOf(item)
        if (followed) yield followed
        if (signal.aborted) return
      }
      if (items.length > 0 || signal.aborted) continue
      await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    signal.removeEventListener('abort', rouse)
    subscription.close()
  }
}

function followedOf(item: FeedItem): Followed | undefined {
  switch (item.type) {
    case 'event':
      return { type: 'event', cursor: item.cursor, event: item.event }
    case 'queued':
      return { type: 'queued', position: item.position }
    case 'restart':
      return { type: 'restart' }
    case 'connection': {
      if (item.state === 'open') return { type: 'connection', state: 'open' }
      const { code, status } = item.error
      const error = new ClientError(code, status === undefined ? {} : { status })
      return { type: 'connection', state: 'lost', retryInMs: item.retryInMs, error }
    }
    default:
      return undefined
  }
}

function lossOf(reason: 'unknown' | 'dropped'): ClientError {
  if (reason === 'unknown') return new ClientError('unknown-generation', { status: 404 })
  return new ClientError('log-dropped', { status: 410 })
}
