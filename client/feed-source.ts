import { ClientError } from './client-error.ts'
import type { MillraceClient } from './create-millrace-client.ts'
import type { FeedFailure, FeedItem } from './feed-item.ts'
import type { FeedSource, OpenSource } from './shared-feed.ts'
import { wait } from './wait.ts'

/** A feed that was refused for good is asked for again after this long: another version of the server may stand there. */
const REFUSED_MS = 15_000

export interface FeedSourceOptions {
  client: Pick<MillraceClient, 'feed'>
  onWake?: ((listener: () => void) => () => void) | undefined
  refusedMs?: number
}

/** A connection of one's own as a source to share. */
export function createFeedSource({ client, onWake, refusedMs = REFUSED_MS }: FeedSourceOptions): OpenSource {
  return (listener): FeedSource => {
    const closer = new AbortController()
    const { signal } = closer
    let feed = client.feed({ signal })
    let wanted = new Set<string>()
    const cursors = new Map<string, string>()

    const pass = (item: FeedItem) => {
      if (item.type === 'event') cursors.set(item.generationId, item.cursor)
      if (item.type === 'restart') cursors.delete(item.generationId)
      listener(item)
    }
    const run = async () => {
      while (!signal.aborted) {
        try {
          for await (const item of feed) pass(item)
          return
        } catch (cause) {
          if (signal.aborted) return
          listener({ type: 'connection', state: 'lost', retryInMs: refusedMs, error: failureOf(cause) })
          await wait(refusedMs, signal, onWake)
          feed = client.feed({ signal, follow: new Map([...wanted].map((id) => [id, cursors.get(id)])) })
        }
      }
    }
    void run()
    return {
      follow(set) {
        wanted = new Set(set.keys())
        for (const id of cursors.keys()) if (!wanted.has(id)) cursors.delete(id)
        for (const [id, after] of set) if (after !== undefined) cursors.set(id, after)
        feed.follow(set)
      },
      close: () => closer.abort(),
    }
  }
}

function failureOf(cause: unknown): FeedFailure {
  if (cause instanceof ClientError) return { code: cause.code, status: cause.status }
  return { code: 'bad-response', status: undefined }
}
