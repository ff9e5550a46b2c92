import type { LiveGeneration } from '#protocol/api/feed.ts'
import { formatCursor, LOG_START } from '#protocol/cursor.ts'
import type { FeedItem, FollowedSet, GenerationItem } from './feed-item.ts'
import { seqOf } from './feed-places.ts'

/** What the subscribers share: a connection of one's own, or the share in one that another tab holds. */
export interface FeedSource {
  follow: (set: FollowedSet) => void
  close: () => void
}

/** Opens a source, which tells the listener everything from now on. */
export type OpenSource = (listener: (item: FeedItem) => void) => FeedSource

export interface Subscription {
  /** Follows this set of generations from now on. Calls nobody back before it returns. */
  follow: (set: FollowedSet) => void
  close: () => void
}

export interface SharedFeed {
  /**
   * Tells the listener the feed. What is so at the moment (`connection`, `live`) comes at once when it is known. Each
   * subscriber gets each event exactly once and in order from its own cursor, whatever the others follow.
   */
  subscribe: (listener: (item: FeedItem) => void) => Subscription
  /** Goes on with another source, which begins where the subscribers are. */
  reopen: (open: OpenSource) => void
}

interface Subscriber {
  listener: (item: FeedItem) => void
  places: Map<string, Place>
}

interface Place {
  cursor: string | undefined
  over: boolean
  /** Of the source: the seq of the `end` event, once it passed by. */
  endSeq?: number | undefined
}

const START = formatCursor(LOG_START)
const TERMINAL = new Set<LiveGeneration['status']>(['completed', 'failed', 'cancelled'])

/** Many subscribers over one source, which is open only as long as there are any. */
export function createSharedFeed(open: OpenSource): SharedFeed {
  const subscribers = new Set<Subscriber>()
  /** Where the source is in each generation that it follows. */
  let told = new Map<string, Place>()
  let source: FeedSource | undefined
  let connection: Extract<FeedItem, { type: 'connection' }> | undefined
  let live: Map<string, LiveGeneration> | undefined

  const start = () => {
    told = new Map()
    connection = undefined
    live = undefined
    let here = true
    const opened = open((item) => {
      if (here) take(item)
    })
    source = {
      follow: opened.follow,
      close() {
        here = false
        opened.close()
      },
    }
    refollow()
  }
  const stop = () => {
    source?.close()
    source = undefined
  }

  const take = (item: FeedItem) => {
    if ('generationId' in item) return void takeOf(item)
    if (item.type === 'connection') connection = item
    if (item.type === 'live') live = new Map(item.generations.map((generation) => [generation.id, generation]))
    if (item.type === 'generation') remember(item.generation)
    for (const { listener } of subscribers) listener(item)
  }

  const remember = (generation: LiveGeneration) => {
    if (TERMINAL.has(generation.status)) live?.delete(generation.id)
    else live?.set(generation.id, generation)
  }

  const takeOf = (item: GenerationItem) => {
    const place = told.get(item.generationId)
    if (!place) return
    move(place, item)
    if (item.type === 'event' && item.event.type === 'end') place.endSeq = seqOf(item.cursor)
    for (const { listener, places } of subscribers) {
      const own = places.get(item.generationId)
      if (!own || own.over || !isNext(own, item, place)) continue
      move(own, item)
      listener(item)
    }
  }

  /** Tells the source what all of them want, from the earliest place that one of them is at. */
  const refollow = () => {
    if (!source) return
    const union = new Map<string, string | undefined>()
    const places = new Map<string, Place>()
    for (const [id, wanted] of earliest(subscribers)) {
      const place = told.get(id)
      const goesOn = place && !place.over && seqAt(wanted) >= seqAt(place.cursor)
      union.set(id, goesOn ? undefined : (wanted ?? START))
      places.set(id, goesOn ? place : { cursor: wanted, over: false, endSeq: place?.endSeq })
    }
    const changed = places.size !== told.size || [...places].some(([id, place]) => told.get(id) !== place)
    told = places
    if (changed) source.follow(union)
  }

  return {
    subscribe(listener) {
      const subscriber: Subscriber = { listener, places: new Map() }
      subscribers.add(subscriber)
      if (!source) start()
      else {
        if (connection) listener(asLate(connection))
        if (live) listener({ type: 'live', generations: [...live.values()] })
      }
      return {
        follow(set) {
          subscriber.places = next(subscriber.places, set)
          refollow()
        },
        close() {
          if (!subscribers.delete(subscriber)) return
          if (subscribers.size === 0) stop()
          else refollow()
        },
      }
    },
    reopen(other) {
      open = other
      if (!source) return
      stop()
      start()
    },
  }
}

/** Who comes late has seen nothing of what was told before. */
function asLate(connection: Extract<FeedItem, { type: 'connection' }>): FeedItem {
  return connection.state === 'open' ? { ...connection, resumed: false } : connection
}

function next(places: ReadonlyMap<string, Place>, set: FollowedSet): Map<string, Place> {
  const result = new Map<string, Place>()
  for (const [id, after] of set) {
    const place = places.get(id)
    const goesOn = place && (after === undefined || (after === place.cursor && !place.over))
    result.set(id, goesOn ? place : { cursor: after, over: false })
  }
  return result
}

function earliest(subscribers: Iterable<Subscriber>): Map<string, string | undefined> {
  const result = new Map<string, string | undefined>()
  for (const { places } of subscribers)
    for (const [id, { cursor, over }] of places) {
      if (over) continue
      if (!result.has(id) || seqAt(cursor) < seqAt(result.get(id))) result.set(id, cursor)
    }
  return result
}

function move(place: Place, item: GenerationItem): void {
  if (item.type === 'event') place.cursor = item.cursor
  else if (item.type === 'restart') place.cursor = undefined
  else if (item.type === 'ended' || item.type === 'lost') place.over = true
}

/** Neither known already nor, from a source that has yet to hear that it is to go back, beyond what comes next. */
function isNext({ cursor }: Place, item: GenerationItem, { endSeq }: Place): boolean {
  if (item.type === 'event') return seqOf(item.cursor) === seqAt(cursor) + 1
  return item.type !== 'ended' || endSeq === undefined || seqAt(cursor) >= endSeq
}

function seqAt(cursor: string | undefined): number {
  return cursor === undefined ? 0 : seqOf(cursor)
}
