import type { EventSourceMessage } from 'eventsource-parser'
import type { FeedFrame, FeedFrames } from '#protocol/api/feed.ts'
import { parseFeedCursor } from '#protocol/feed-cursor.ts'
import type { ClientError } from './client-error.ts'
import type { FeedItem, FollowedSet } from './feed-item.ts'
import { createFeedPlaces, type FeedPlaces } from './feed-places.ts'
import {
  createReconnectingStream,
  type ReconnectingStream,
  type StreamContext,
  type StreamItem,
} from './reconnecting-stream.ts'
import { requestJson } from './request-json.ts'

/** To be iterated once. */
export interface Feed extends AsyncIterable<FeedItem> {
  /** Follows this set of generations from now on. */
  follow: (set: FollowedSet) => void
  /** Ends the iteration quietly. */
  close: () => void
}

export interface FeedOptions {
  follow?: FollowedSet
  /** Ends the iteration quietly. */
  signal?: AbortSignal
}

/**
 * One connection for everything of this user, across every drop: each connection goes on where the one before broke off, so
 * nothing is missed and nothing comes twice. Throws `ClientError` only for what no repetition can mend.
 */
export function createFeed(context: StreamContext, options: FeedOptions = {}): Feed {
  const closer = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, closer.signal]) : closer.signal
  const places = createFeedPlaces()
  if (options.follow) places.follow(options.follow)
  let revision: number | undefined
  let resuming = false

  const stream: ReconnectingStream<FeedItem[]> = createReconnectingStream(context, {
    path() {
      resuming = revision !== undefined
      teller.opening()
      return pathOf(revision, places)
    },
    mend(error) {
      if (revision === undefined || error.code !== 'invalid-cursor') return false
      revision = undefined
      return true
    },
    read: (message) => read(message),
    signal,
  })
  const teller = createTeller(context, places, { signal, onFailure: stream.drop })

  const opened = (data: FeedFrames['open']): FeedItem[] => {
    teller.opened(data.streamId)
    return [
      { type: 'connection', state: 'open', resumed: resuming, revision },
      { type: 'open', at: data.at },
    ]
  }

  const read = (message: EventSourceMessage): FeedItem[] => {
    const frame = { event: message.event, data: JSON.parse(message.data) as unknown } as FeedFrame
    if (message.id !== undefined) revision = parseFeedCursor(message.id)?.revision ?? revision
    switch (frame.event) {
      case 'open':
        return opened(frame.data)
      case 'live':
        return [{ type: 'live', generations: frame.data.generations }]
      case 'conversation':
        return [{ type: 'conversation', conversation: frame.data }]
      case 'removed':
        return [{ type: 'removed', id: frame.data.id }]
      case 'generation':
        return [{ type: 'generation', generation: frame.data }]
      case 'queued':
        return places.has(frame.data.generationId) ? [{ type: 'queued', ...frame.data }] : []
      case 'log':
        return places.next(frame.data)
      case 'lost':
        return places.lost(frame.data)
      default:
        return []
    }
  }

  async function* items(): AsyncGenerator<FeedItem, void> {
    for await (const item of stream) {
      if (item.type === 'message') {
        yield* item.told
        if (places.needsTelling()) teller.tell()
      } else if (item.type === 'lost') {
        teller.closed()
        yield lostItem(item)
      }
    }
  }

  return {
    [Symbol.asyncIterator]: items,
    follow(set) {
      places.follow(set)
      teller.tell()
    },
    close: () => closer.abort(),
  }
}

/** Tells the open stream what to follow, one request at a time; one that fails costs the connection. */
function createTeller(
  context: StreamContext,
  places: FeedPlaces,
  { signal, onFailure }: { signal: AbortSignal; onFailure: () => void },
) {
  let streamId: string | undefined
  let wanted = false
  let running = false

  const run = async () => {
    // What is asked for in the same breath goes out as one.
    await Promise.resolve()
    while (wanted && streamId !== undefined && !signal.aborted) {
      wanted = false
      const to = streamId
      try {
        const path = `/api/v1/events/${encodeURIComponent(to)}/follow`
        await requestJson(context, { method: 'PUT', path, body: places.tell(), signal, tries: 2 })
        if (to === streamId) places.told()
      } catch {
        if (to === streamId && !signal.aborted) onFailure()
        if (to === streamId) streamId = undefined
      }
    }
    running = false
  }

  const tell = () => {
    wanted = true
    if (running || streamId === undefined) return
    running = true
    void run()
  }
  return {
    tell,
    /** The request for the next stream names the whole set. */
    opening: () => void (wanted = false),
    opened(id: string) {
      streamId = id
      if (wanted || places.needsTelling()) tell()
    },
    closed: () => void (streamId = undefined),
  }
}

function pathOf(revision: number | undefined, places: FeedPlaces): string {
  const search = new URLSearchParams()
  if (revision !== undefined) search.set('after', String(revision))
  const follow = places.tellAll()
  if (follow !== '') search.set('follow', follow)
  const query = search.toString()
  return query === '' ? '/api/v1/events' : `/api/v1/events?${query}`
}

function lostItem({ retryInMs, error }: Extract<StreamItem<unknown>, { type: 'lost' }>): FeedItem {
  return { type: 'connection', state: 'lost', retryInMs, error: failureOf(error) }
}

function failureOf({ code, status }: ClientError) {
  return { code, status }
}
