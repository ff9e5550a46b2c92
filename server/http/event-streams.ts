import type { ServerResponse } from 'node:http'
import type { Cursor } from '#protocol/cursor.ts'
import { RequestError } from '#server/domain/errors.ts'
import { HEARTBEAT_FRAME, OPENING_FRAME, type StreamDialect } from '#server/dialects/stream-dialect.ts'
import type { LogRow } from '#server/ports/event-log.ts'
import type { Attendance } from '#server/subscribe/attendance.ts'
import type { Follower, SharedTail } from '#server/subscribe/log-tail.ts'
import type { QueueWatch } from '#server/subscribe/queue-watch.ts'
import { createSharedEncoder } from './shared-encoder.ts'
import { encodeFrames, openSseResponse, type EncodedFrames, type SseResponse } from './sse-response.ts'

/** A reader with more than this unsent gets nothing more until it has read: the log keeps the rest, not our memory. */
export const MAX_BACKLOG_BYTES = 256 * 1024
/** A reader that takes no byte for so long, although some wait for it, is cut; it can come back by its cursor. */
const STUCK_MS = 60_000
const BEAT_MS = 1_000

export interface FollowedGeneration {
  generationId: string
  after: Cursor
  /** Nothing is logged yet: tell the place in the queue. */
  queued: boolean
}

/** All open event streams of this process. */
export interface EventStreams {
  /** Throws `too-many-streams` when no further stream may be opened. */
  reserve(): void
  /**
   * Answers with the stream of these generations; it ends cleanly when all of them have ended, and never before. It is cut
   * when its reader does not read. Does nothing when the client has left.
   */
  open(response: ServerResponse, dialect: StreamDialect, generations: FollowedGeneration[], first?: string): void
  /** How many are open; one that has ended is until its client has taken all of it. */
  count(): number
  /** Cuts every stream. */
  cutAll(): void
}

interface OpenStream {
  sse: SseResponse
  followers: Follower[]
  unwatch: (() => void)[]
  /** Generations that have not ended. */
  unfinished: number
  draining: boolean
  /** Beats since something was sent, and how many may pass before a heartbeat is. */
  quietBeats: number
  patienceBeats: number
}

export function createEventStreams(deps: {
  tail: SharedTail
  attendance: Pick<Attendance, 'attend' | 'forget'>
  queueWatch: QueueWatch
  heartbeatMs: number
  maxOpen: number
  stuckMs?: number
}): EventStreams {
  const { tail, attendance, queueWatch, heartbeatMs, maxOpen, stuckMs = STUCK_MS } = deps
  const streams = new Set<OpenStream>()
  const encoders = new Map<StreamDialect, (rows: readonly LogRow[]) => EncodedFrames>()
  const beatMs = Math.min(BEAT_MS, heartbeatMs)
  const heartbeat = encodeFrames(HEARTBEAT_FRAME)
  let timer: NodeJS.Timeout | undefined

  function beat(): void {
    for (const stream of streams) {
      if (++stream.quietBeats < stream.patienceBeats) continue
      stream.patienceBeats = Math.round(heartbeatMs / beatMs)
      writeSmall(stream, heartbeat)
    }
  }

  /** Writes what may as well be left out: nothing is added to what a reader has not taken. */
  function writeSmall(stream: OpenStream, frames: EncodedFrames): void {
    if (stream.draining || stream.unfinished === 0) return
    stream.quietBeats = 0
    stream.sse.write(frames)
  }

  function follow(stream: OpenStream, dialect: StreamDialect, generation: FollowedGeneration): void {
    const encode = encoderOf(dialect)
    const unwatch = generation.queued ? watchQueue(stream, dialect, generation.generationId) : undefined
    let watched = unwatch !== undefined
    const follower = tail.follow(generation.generationId, generation.after, {
      rows(rows) {
        if (watched) {
          watched = false
          unwatch?.()
        }
        stream.quietBeats = 0
        stream.sse.write(encode(rows))
        if (stream.sse.backlog() <= MAX_BACKLOG_BYTES) return true
        awaitDrain(stream)
        return false
      },
      end() {
        unwatch?.()
        attendance.forget(generation.generationId)
        if (--stream.unfinished === 0) stream.sse.end()
      },
      cut: () => cut(stream),
    })
    stream.followers.push(follower)
    stream.unwatch.push(attendance.attend(generation.generationId))
    if (unwatch) stream.unwatch.push(unwatch)
  }

  function watchQueue(stream: OpenStream, dialect: StreamDialect, generationId: string): () => void {
    return queueWatch.watch(generationId, (position) => {
      writeSmall(stream, encodeFrames(dialect.queued(generationId, position)))
    })
  }

  function awaitDrain(stream: OpenStream): void {
    if (stream.draining) return
    stream.draining = true
    stream.sse.onceDrained(() => {
      stream.draining = false
      for (const follower of stream.followers) follower.resume()
    })
  }

  function cut(stream: OpenStream): void {
    close(stream)
    stream.sse.cut()
  }

  function close(stream: OpenStream): void {
    for (const follower of stream.followers) follower.stop()
    for (const unwatch of stream.unwatch) unwatch()
    if (!streams.delete(stream) || streams.size > 0) return
    clearInterval(timer)
    timer = undefined
    encoders.clear()
  }

  function encoderOf(dialect: StreamDialect): (rows: readonly LogRow[]) => EncodedFrames {
    let encoder = encoders.get(dialect)
    if (!encoder) encoders.set(dialect, (encoder = createSharedEncoder(dialect)))
    return encoder
  }

  return {
    reserve() {
      if (streams.size < maxOpen) return
      const detail = `This server keeps at most ${maxOpen} streams open. Close one, or try again in a few seconds.`
      throw new RequestError('too-many-streams', detail, { limit: maxOpen, retryAfterSeconds: 5 })
    },
    open(response, dialect, generations, first = '') {
      // Of a client that has left already no `close` would come, and the stream would wait for it until the end.
      if (response.destroyed || response.req.socket.destroyed) return
      const stream: OpenStream = {
        sse: openSseResponse(response, OPENING_FRAME + first),
        followers: [],
        unwatch: [],
        unfinished: generations.length,
        draining: false,
        quietBeats: 0,
        patienceBeats: 1,
      }
      streams.add(stream)
      timer ??= setInterval(beat, beatMs).unref()
      response.once('close', () => close(stream))
      stream.sse.onStuck(stuckMs, () => cut(stream))
      for (const generation of generations) follow(stream, dialect, generation)
    },
    count: () => streams.size,
    cutAll() {
      for (const stream of streams) cut(stream)
    },
  }
}
