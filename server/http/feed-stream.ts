import type { Cursor } from '#protocol/cursor.ts'
import { formatFeedCursor } from '#protocol/feed-cursor.ts'
import { listLive } from '#server/commands/list-live.ts'
import { feedFrame, placeLine } from '#server/dialects/feed.ts'
import type { EventLog, LogRow } from '#server/ports/event-log.ts'
import type { Conversation, Store } from '#server/ports/store.ts'
import type { ChangeFeed, ChangeListener } from '#server/subscribe/change-feed.ts'
import type { KnownGenerations } from '#server/subscribe/known-generations.ts'
import type { StateWatch } from '#server/subscribe/state-watch.ts'
import { createFeedFollowers, type FeedFollowerDependencies } from './feed-followers.ts'
import { createLiveTeller } from './live-teller.ts'
import type { OpenStream, StreamListener } from './open-streams.ts'
import { encodeAfter, encodeFrames } from './sse-response.ts'

/** What a stream begins with. */
export interface FeedPlace {
  userId: string
  /** Changes after this one are told. */
  revision: number
  followed: ReadonlyMap<string, Cursor>
}

/** Generations to be followed; `undefined` keeps the place, or begins at the start. */
export type FollowedPlaces = ReadonlyMap<string, Cursor | undefined>

export interface FeedStream extends StreamListener {
  userId: string
  /** Follows these generations from now on, and no others. Calls take effect in their order. */
  follow(set: FollowedPlaces): Promise<void>
}

export interface FeedStreamDependencies extends FeedFollowerDependencies {
  changeFeed: ChangeFeed
  stateWatch: StateWatch
  known: KnownGenerations
  store: Pick<Store, 'listLive'>
  log: Pick<EventLog, 'tail'>
  /** The parts of frames that streams share. */
  encodeRows: (rows: readonly LogRow[]) => Buffer
  encodeChange: (conversation: Conversation) => Buffer
  onFailure: (error: unknown) => void
}

/** Begins to tell: what is live, what has changed since the place, the events; then what comes. */
export function createFeedStream(
  deps: FeedStreamDependencies,
  stream: OpenStream,
  { userId, revision, followed }: FeedPlace,
): FeedStream {
  const { changeFeed, stateWatch, known, encodeRows, encodeChange } = deps
  const live = createLiveTeller(stream, () => listLive(deps, userId), fail)
  const followers = createFeedFollowers(deps, stream, { encodeRows, writePlaced })
  /** Of the last change that was told. */
  let told = revision
  let changes: ChangeListener | undefined
  /** The place has moved without a frame that says so. */
  let placeUntold = false
  let closed = false
  let awaitingRoom: (() => void)[] = []
  // Before what is live is read, so that no change of state can pass by unnoticed between the two.
  const unlisten = stateWatch.listen(userId, live)
  let asked = begin().catch(fail)

  async function begin(): Promise<void> {
    await live.tellAll()
    if (closed) return
    changes = changeFeed.listen(userId, revision, { changed: tellChange, failed: () => stream.cut() })
    await follow(followed)
  }

  async function follow(set: FollowedPlaces): Promise<void> {
    // What is refused is told, and must not pile up before a client that asks and does not read.
    while (stream.isFull() && !closed) await new Promise<void>((resolve) => awaitingRoom.push(resolve))
    if (closed) return
    const owned = await Promise.all([...set].map(async ([id, after]) => ({ id, after, mine: await isMine(id) })))
    if (closed) return
    followers.follow(new Map(owned.filter(({ mine }) => mine).map(({ id, after }) => [id, after])))
    for (const { id, mine } of owned) {
      if (!mine) stream.write(encodeFrames(feedFrame('lost', { generationId: id, reason: 'unknown' })))
    }
  }

  async function isMine(generationId: string): Promise<boolean> {
    return (await known.find(generationId))?.userId === userId
  }

  function tellChange(conversation: Conversation): boolean {
    if (stream.isFull()) return false
    told = conversation.revision
    writePlaced(encodeChange(conversation))
    return true
  }

  function writePlaced(frame: Buffer): boolean {
    placeUntold = false
    return stream.write(encodeAfter(frame, placeLine(place())))
  }

  /** A frame without data, of which an `EventSource` takes only the id. */
  function tellPlace(): void {
    placeUntold = stream.isFull()
    if (!placeUntold) stream.write(encodeFrames(placeLine(place())))
  }

  function place(): string {
    return formatFeedCursor({ revision: told, followed: followers.places() })
  }

  function fail(error: unknown): void {
    if (!closed) deps.onFailure(error)
    stream.cut()
  }

  function letAskersGoOn(): void {
    const askers = awaitingRoom
    awaitingRoom = []
    for (const goOn of askers) goOn()
  }

  return {
    userId,
    follow(set) {
      const done = asked.then(() => follow(set)).then(tellPlaceUnlessClosed)
      asked = done.catch(() => {})
      return done
    },
    drained() {
      followers.resume()
      changes?.resume()
      live.resume()
      if (placeUntold) tellPlace()
      letAskersGoOn()
    },
    closed() {
      closed = true
      unlisten()
      changes?.stop()
      followers.stop()
      letAskersGoOn()
    },
  }

  function tellPlaceUnlessClosed(): void {
    if (!closed) tellPlace()
  }
}
