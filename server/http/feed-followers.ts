import type { FeedFrames } from '#protocol/api/feed.ts'
import { LOG_START, type Cursor } from '#protocol/cursor.ts'
import { endedFrame, feedFrame } from '#server/dialects/feed.ts'
import type { LogRow } from '#server/ports/event-log.ts'
import type { Attendance } from '#server/subscribe/attendance.ts'
import type { CutReason, Follower, SharedTail } from '#server/subscribe/log-tail.ts'
import type { QueueWatch } from '#server/subscribe/queue-watch.ts'
import type { OpenStream } from './open-streams.ts'
import { encodeFrames } from './sse-response.ts'

/** The generations that one stream follows. */
export interface FeedFollowers {
  /** Follows exactly these; `after` moves to that place, absent the place is kept. */
  follow(set: ReadonlyMap<string, Cursor | undefined>): void
  /** The place in each of those that have not ended. */
  places(): ReadonlyMap<string, Cursor>
  /** After the stream was full. */
  resume(): void
  stop(): void
}

export interface FeedFollowerDependencies {
  tail: SharedTail
  attendance: Pick<Attendance, 'attend' | 'forget'>
  queueWatch: QueueWatch
}

interface Followed {
  generationId: string
  /** After the last event that was written to the stream. */
  place: Cursor
  follower: Follower | undefined
  /** Rows came while the stream was full and were left: they are read again from `place`. */
  parked: boolean
  ended: boolean
  leave: () => void
  unwatch: () => void
}

/**
 * @param encodeRows the part of a `log` frame that streams at the same place share
 * @param writePlaced writes a frame, and after it the place of the whole stream
 */
export function createFeedFollowers(
  { tail, attendance, queueWatch }: FeedFollowerDependencies,
  stream: OpenStream,
  {
    encodeRows,
    writePlaced,
  }: { encodeRows: (rows: readonly LogRow[]) => Buffer; writePlaced: (frame: Buffer) => boolean },
): FeedFollowers {
  const all = new Map<string, Followed>()

  function begin(generationId: string, place: Cursor): void {
    const followed: Followed = {
      generationId,
      place,
      follower: undefined,
      parked: false,
      ended: false,
      leave: attendance.attend(generationId),
      unwatch: place.seq === 0 ? watchQueue(generationId) : () => {},
    }
    all.set(generationId, followed)
    run(followed)
  }

  function run(followed: Followed): void {
    followed.parked = false
    followed.follower = tail.follow(followed.generationId, followed.place, {
      rows: (rows) => take(followed, rows),
      end: () => end(followed),
      cut: (reason) => lose(followed, reason),
    })
  }

  function take(followed: Followed, rows: readonly LogRow[]): boolean {
    if (stream.isFull()) {
      park(followed)
      return false
    }
    const last = rows.at(-1)
    if (!last) return true
    followed.unwatch()
    followed.place = { epoch: last.epoch, seq: last.seq }
    if (last.type === 'end') settle(followed)
    return writePlaced(encodeRows(rows))
  }

  function end(followed: Followed): void {
    if (followed.ended) return
    if (stream.isFull()) return park(followed)
    settle(followed)
    writePlaced(Buffer.from(endedFrame(followed.generationId)))
  }

  /** Of an ended one nothing is kept but that it was told, so that naming it again tells nothing twice. */
  function settle(followed: Followed): void {
    followed.ended = true
    followed.unwatch()
    followed.leave()
    attendance.forget(followed.generationId)
  }

  function park(followed: Followed): void {
    followed.parked = true
    followed.follower?.stop()
  }

  function lose(followed: Followed, reason: CutReason): void {
    if (reason === 'failed' || reason === 'closed') return stream.cut()
    drop(followed)
    const lost: FeedFrames['lost'] = { generationId: followed.generationId, reason }
    stream.write(encodeFrames(feedFrame('lost', lost)))
  }

  function drop(followed: Followed): void {
    followed.follower?.stop()
    followed.unwatch()
    followed.leave()
    all.delete(followed.generationId)
  }

  function watchQueue(generationId: string): () => void {
    return queueWatch.watch(generationId, (position) => {
      stream.writeSmall(encodeFrames(feedFrame('queued', { generationId, position })))
    })
  }

  return {
    follow(set) {
      for (const followed of all.values()) if (!set.has(followed.generationId)) drop(followed)
      for (const [generationId, after] of set) {
        const followed = all.get(generationId)
        if (followed && !after) continue
        if (followed) drop(followed)
        begin(generationId, after ?? LOG_START)
      }
    },
    places() {
      const places = new Map<string, Cursor>()
      for (const { generationId, place, ended } of all.values()) if (!ended) places.set(generationId, place)
      return places
    },
    resume() {
      for (const followed of all.values()) {
        if (followed.parked) run(followed)
        else followed.follower?.resume()
      }
    },
    stop() {
      for (const followed of all.values()) drop(followed)
    },
  }
}
