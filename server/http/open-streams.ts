import type { ServerResponse } from 'node:http'
import { HEARTBEAT_FRAME, OPENING_FRAME } from '#server/dialects/stream-dialect.ts'
import { RequestError } from '#server/domain/errors.ts'
import { encodeFrames, openSseResponse, type EncodedFrames, type SseResponse } from './sse-response.ts'

/** A reader with more than this unsent gets nothing more until it has read: the log keeps the rest, not our memory. */
export const MAX_BACKLOG_BYTES = 256 * 1024
/** A reader that takes no byte for so long, although some wait for it, is cut; it can come back by its cursor. */
const STUCK_MS = 60_000
const BEAT_MS = 1_000

/** All streams of server-sent events that this process has open: their number, their heartbeats, their slow readers. */
export interface OpenStreams {
  /** Throws `too-many-streams` when no further stream may be opened. */
  reserve(): void
  /** Undefined when the client has left already. */
  open(response: ServerResponse, first: string, on: StreamListener): OpenStream | undefined
  /** How many are open; one that has ended is until its client has taken all of it. */
  count(): number
  /** Cuts every stream. */
  cutAll(): void
}

export interface StreamListener {
  /** What waited for the reader has been sent. */
  drained(): void
  /** The stream is gone, for whatever reason. Called once. */
  closed(): void
}

export interface OpenStream {
  /** False when so much waits for the reader that nothing more is to be written until `drained`. */
  write(frames: EncodedFrames): boolean
  /** Writes what may as well be left out: nothing is added to what a reader has not taken. */
  writeSmall(frames: EncodedFrames): void
  isFull(): boolean
  /** Ends it cleanly: the client may take it for complete. */
  end(): void
  /** Cuts it: the client must not take it for complete. */
  cut(): void
}

interface Entry {
  sse: SseResponse
  on: StreamListener
  draining: boolean
  ended: boolean
  /** Beats since something was sent, and how many may pass before a heartbeat is. */
  quietBeats: number
  patienceBeats: number
}

export function createOpenStreams(deps: { heartbeatMs: number; maxOpen: number; stuckMs?: number }): OpenStreams {
  const { heartbeatMs, maxOpen, stuckMs = STUCK_MS } = deps
  const entries = new Set<Entry>()
  const beatMs = Math.min(BEAT_MS, heartbeatMs)
  const heartbeat = encodeFrames(HEARTBEAT_FRAME)
  let timer: NodeJS.Timeout | undefined

  function beat(): void {
    for (const entry of entries) {
      if (++entry.quietBeats < entry.patienceBeats) continue
      entry.patienceBeats = Math.round(heartbeatMs / beatMs)
      writeSmall(entry, heartbeat)
    }
  }

  function write(entry: Entry, frames: EncodedFrames): boolean {
    if (!entries.has(entry)) return false
    entry.quietBeats = 0
    entry.sse.write(frames)
    if (!entry.draining && entry.sse.backlog() > MAX_BACKLOG_BYTES) {
      entry.draining = true
      entry.sse.onceDrained(() => {
        entry.draining = false
        if (entries.has(entry)) entry.on.drained()
      })
    }
    return !entry.draining
  }

  function writeSmall(entry: Entry, frames: EncodedFrames): void {
    if (!entry.draining && !entry.ended) write(entry, frames)
  }

  function cut(entry: Entry): void {
    close(entry)
    entry.sse.cut()
  }

  function close(entry: Entry): void {
    if (!entries.delete(entry)) return
    if (entries.size === 0) {
      clearInterval(timer)
      timer = undefined
    }
    entry.on.closed()
  }

  return {
    reserve() {
      if (entries.size < maxOpen) return
      const detail = `This server keeps at most ${maxOpen} streams open. Close one, or try again in a few seconds.`
      throw new RequestError('too-many-streams', detail, { limit: maxOpen, retryAfterSeconds: 5 })
    },
    open(response, first, on) {
      // Of a client that has left already no `close` would come, and the stream would wait for it until the end.
      if (response.destroyed || response.req.socket.destroyed) return undefined
      const sse = openSseResponse(response, OPENING_FRAME + first)
      const entry: Entry = { sse, on, draining: false, ended: false, quietBeats: 0, patienceBeats: 1 }
      entries.add(entry)
      timer ??= setInterval(beat, beatMs).unref()
      response.once('close', () => close(entry))
      sse.onStuck(stuckMs, () => cut(entry))
      return {
        write: (frames) => write(entry, frames),
        writeSmall: (frames) => writeSmall(entry, frames),
        isFull: () => entry.draining,
        end() {
          entry.ended = true
          sse.end()
        },
        cut: () => cut(entry),
      }
    },
    count: () => entries.size,
    cutAll() {
      for (const entry of entries) cut(entry)
    },
  }
}
