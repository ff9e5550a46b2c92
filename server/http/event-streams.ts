import type { ServerResponse } from 'node:http'
import type { Cursor } from '#protocol/cursor.ts'
import type { StreamDialect } from '#server/dialects/stream-dialect.ts'
import type { LogRow } from '#server/ports/event-log.ts'
import type { Attendance } from '#server/subscribe/attendance.ts'
import type { Follower, SharedTail } from '#server/subscribe/log-tail.ts'
import type { QueueWatch } from '#server/subscribe/queue-watch.ts'
import type { OpenStream, OpenStreams, StreamListener } from './open-streams.ts'
import { createSharedEncoder } from './shared-encoder.ts'
import { encodeFrames, type EncodedFrames } from './sse-response.ts'

export interface FollowedGeneration {
  generationId: string
  after: Cursor
  /** Nothing is logged yet: tell the place in the queue. */
  queued: boolean
}

/** Streams of generations that end with them. */
export interface EventStreams {
  /**
   * Answers with the stream of these generations; it ends cleanly when all of them have ended, and never before. It is cut
   * when its reader does not read. Does nothing when the client has left.
   */
  open(response: ServerResponse, dialect: StreamDialect, generations: FollowedGeneration[], first?: string): void
  /** The same on a stream that is open already; what has to be passed on to it is returned. */
  goOn(stream: OpenStream, dialect: StreamDialect, generations: FollowedGeneration[]): StreamListener
}

interface Reading {
  stream: OpenStream
  followers: Follower[]
  unwatch: (() => void)[]
  /** Generations that have not ended. */
  unfinished: number
}

export function createEventStreams(deps: {
  openStreams: OpenStreams
  tail: SharedTail
  attendance: Pick<Attendance, 'attend' | 'forget'>
  queueWatch: QueueWatch
}): EventStreams {
  const { openStreams, tail, attendance, queueWatch } = deps
  const encoders = new Map<StreamDialect, (rows: readonly LogRow[]) => EncodedFrames>()
  let open = 0

  function goOn(stream: OpenStream, dialect: StreamDialect, generations: FollowedGeneration[]): StreamListener {
    const reading: Reading = { stream, followers: [], unwatch: [], unfinished: generations.length }
    open++
    for (const generation of generations) follow(reading, dialect, generation)
    return {
      drained() {
        for (const follower of reading.followers) follower.resume()
      },
      closed() {
        for (const follower of reading.followers) follower.stop()
        for (const unwatch of reading.unwatch) unwatch()
        if (--open === 0) encoders.clear()
      },
    }
  }

  function follow(reading: Reading, dialect: StreamDialect, generation: FollowedGeneration): void {
    const { stream } = reading
    const encode = encoderOf(dialect)
    const unwatch = generation.queued ? watchQueue(stream, dialect, generation.generationId) : undefined
    let watched = unwatch !== undefined
    const follower = tail.follow(generation.generationId, generation.after, {
      rows(rows) {
        if (watched) {
          watched = false
          unwatch?.()
        }
        return stream.write(encode(rows))
      },
      end() {
        unwatch?.()
        attendance.forget(generation.generationId)
        if (--reading.unfinished === 0) stream.end()
      },
      cut: () => stream.cut(),
    })
    reading.followers.push(follower)
    reading.unwatch.push(attendance.attend(generation.generationId))
    if (unwatch) reading.unwatch.push(unwatch)
  }

  function watchQueue(stream: OpenStream, dialect: StreamDialect, generationId: string): () => void {
    return queueWatch.watch(generationId, (position) => {
      stream.writeSmall(encodeFrames(dialect.queued(generationId, position)))
    })
  }

  function encoderOf(dialect: StreamDialect): (rows: readonly LogRow[]) => EncodedFrames {
    let encoder = encoders.get(dialect)
    if (!encoder) encoders.set(dialect, (encoder = createSharedEncoder((rows) => encodeFrames(dialect.encode(rows)))))
    return encoder
  }

  return {
    open(response, dialect, generations, first = '') {
      let reading: StreamListener | undefined
      const stream = openStreams.open(response, first, {
        drained: () => reading?.drained(),
        closed: () => reading?.closed(),
      })
      if (stream) reading = goOn(stream, dialect, generations)
    },
    goOn,
  }
}
