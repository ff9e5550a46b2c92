import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import type { Cursor } from '#protocol/cursor.ts'
import type { Logger } from '#server/domain/logger.ts'
import type { EventLog, LogRow } from '#server/ports/event-log.ts'
import { createSharedReads } from './shared-reads.ts'

/** Rows per read while a follower catches up; `MAX_READ_BYTES` bound it where rows are long. */
const CHUNK_ROWS = 128
const RESTART_MS = 200

/** Takes the rows of one follower. Nothing is called after `end`, `cut` or `Follower.stop`. */
export interface RowSink {
  /**
   * The next rows: in seq order, without a gap, none twice. Followers at the same place get the same array, so what was
   * encoded may be remembered by its identity; it must not be changed or kept. False asks for a pause: nothing more
   * comes, and nothing is buffered, until `Follower.resume`.
   */
  rows(rows: readonly LogRow[]): boolean
  /** The last row was delivered and the log is sealed. */
  end(): void
  /** The log cannot be followed from here. What was delivered is not the whole answer. */
  cut(reason: CutReason): void
}

export type CutReason = 'mismatch' | 'beyond-tail' | 'dropped' | 'failed' | 'closed'

export interface Follower {
  /** After a pause: goes on from the log at the place of the last delivered row. */
  resume(): void
  /** Leaves nothing behind. */
  stop(): void
}

/** The one reader of new events in this process; it hands them on in memory to all who follow a generation. */
export interface SharedTail {
  /** Delivers everything after the cursor: what the log holds, then what is appended, as one sequence. */
  follow(generationId: string, after: Cursor, sink: RowSink): Follower
  /**
   * Hands on the rows of all generations that say how one stands, as they pass by, until the returned function is called.
   * Each log's come in order; when some may have passed unseen, `missed` is called instead.
   */
  watchStates(watcher: StateRowWatcher): () => void
  /** How many follow at the moment, and how many generations. */
  count(): { followers: number; generations: number }
  close(): Promise<void>
}

export interface StateRowWatcher {
  /** `attempt-start`, `state` and `end` rows. */
  rows(rows: readonly LogRow[]): void
  missed(): void
}

interface Reader extends Follower {
  generationId: string
  /** Place of the last delivered row. */
  epoch: number
  seq: number
  sink: RowSink
  /** `reading` the log; `live`, fed from memory; `paused` by its sink; `done`. */
  state: 'reading' | 'live' | 'paused' | 'done'
  /** While reading: rows passed by in memory, so the log must be read once more. */
  missed: boolean
}

interface Group {
  readers: Set<Reader>
  /** Rows of the batch that is being sorted. */
  rows: LogRow[]
}

/**
 * Rows reach a follower by one rule, whether they come from the log or from memory: only the row whose seq is next is
 * delivered; a lower one is dropped; a gap, a pause or a restart means reading the log again from the last delivered row.
 */
export function createLogTail(deps: { log: EventLog; logger: Logger }): SharedTail {
  const { log, logger } = deps
  const read = createSharedReads(log, CHUNK_ROWS)
  const groups = new Map<string, Group>()
  const stateWatchers = new Set<StateRowWatcher>()
  const closing = new AbortController()
  const running = run()

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await handOn()
      } catch (error) {
        if (!closing.signal.aborted) logger.error({ err: error }, 'following the log failed; starting again')
      }
      if (!closing.signal.aborted) await delay(RESTART_MS, undefined, { ref: false })
    }
  }

  async function handOn(): Promise<void> {
    const batches = log.follow(closing.signal)[Symbol.asyncIterator]()
    let next = batches.next()
    // After a restart: what was committed in between stands only in the log.
    for (const { readers } of groups.values()) for (const reader of readers) passBy(reader)
    for (const watcher of stateWatchers) watcher.missed()
    for (let result = await next; !result.done; result = await next) {
      handOut(result.value)
      if (stateWatchers.size > 0) handOutStates(result.value)
      next = batches.next()
    }
  }

  function handOut(batch: readonly LogRow[]): void {
    const touched: Group[] = []
    for (const row of batch) {
      const group = groups.get(row.generationId)
      if (!group) continue
      if (group.rows.length === 0) touched.push(group)
      group.rows.push(row)
    }
    for (const group of touched) {
      const rows = group.rows
      group.rows = []
      for (const reader of group.readers) {
        if (reader.state === 'live') takeLive(reader, rows)
        else reader.missed = true
      }
    }
  }

  function handOutStates(batch: readonly LogRow[]): void {
    const rows = batch.filter(({ type }) => type === 'attempt-start' || type === 'state' || type === 'end')
    if (rows.length > 0) for (const watcher of stateWatchers) watcher.rows(rows)
  }

  function takeLive(reader: Reader, rows: readonly LogRow[]): void {
    // How many of these rows were already delivered; negative when some before them were not.
    const skip = reader.seq + 1 - (rows[0]?.seq ?? 0)
    if (skip < 0 || !isContiguous(rows)) void catchUp(reader)
    else deliver(reader, skip === 0 ? rows : rows.slice(skip))
  }

  function passBy(reader: Reader): void {
    if (reader.state === 'live') void catchUp(reader)
    else reader.missed = true
  }

  async function catchUp(reader: Reader): Promise<void> {
    reader.state = 'reading'
    try {
      do {
        reader.missed = false
        const result = await read(reader.generationId, { epoch: reader.epoch, seq: reader.seq })
        if (isDone(reader)) return
        if (!result.ok) return finish(reader, result.reason)
        if (!deliver(reader, result.rows)) return
        if (result.more) {
          reader.missed = true
          // A long log must not keep the others waiting.
          await nextTurn()
          if (isDone(reader)) return
        } else if (result.tail?.sealed && result.tail.seq === reader.seq) return finish(reader)
      } while (reader.missed)
      reader.state = 'live'
    } catch (error) {
      logger.error({ err: error, generationId: reader.generationId }, 'reading the log failed')
      finish(reader, 'failed')
    }
  }

  /** False when the reader takes no more for now, or at all. */
  function deliver(reader: Reader, rows: readonly LogRow[]): boolean {
    const last = rows.at(-1)
    if (!last) return true
    reader.epoch = last.epoch
    reader.seq = last.seq
    let wantsMore = false
    try {
      wantsMore = reader.sink.rows(rows)
    } catch (error) {
      logger.error({ err: error, generationId: reader.generationId }, 'a follower failed')
      finish(reader, 'failed')
    }
    if (isDone(reader)) return false
    if (last.type === 'end') finish(reader)
    else if (!wantsMore) reader.state = 'paused'
    return wantsMore && last.type !== 'end'
  }

  function finish(reader: Reader, reason?: CutReason): void {
    if (!remove(reader)) return
    if (reason === undefined) reader.sink.end()
    else reader.sink.cut(reason)
  }

  function remove(reader: Reader): boolean {
    if (reader.state === 'done') return false
    reader.state = 'done'
    const group = groups.get(reader.generationId)
    group?.readers.delete(reader)
    if (group?.readers.size === 0) groups.delete(reader.generationId)
    return true
  }

  return {
    follow(generationId, after, sink) {
      const reader: Reader = {
        generationId,
        epoch: after.epoch,
        seq: after.seq,
        sink,
        state: 'reading',
        missed: false,
        resume() {
          if (reader.state === 'paused') void catchUp(reader)
        },
        stop() {
          remove(reader)
        },
      }
      // In the group before the first read, so that no row can pass by unnoticed between the two.
      let group = groups.get(generationId)
      if (!group) groups.set(generationId, (group = { readers: new Set(), rows: [] }))
      group.readers.add(reader)
      if (closing.signal.aborted) queueMicrotask(() => finish(reader, 'closed'))
      else void catchUp(reader)
      return reader
    },
    watchStates(watcher) {
      stateWatchers.add(watcher)
      return () => stateWatchers.delete(watcher)
    },
    count() {
      let followers = 0
      for (const { readers } of groups.values()) followers += readers.size
      return { followers, generations: groups.size }
    },
    async close() {
      closing.abort()
      for (const { readers } of groups.values()) for (const reader of readers) finish(reader, 'closed')
      await running
    },
  }
}

function isContiguous(rows: readonly LogRow[]): boolean {
  let seq = rows[0]?.seq ?? 0
  for (const row of rows) if (row.seq !== seq++) return false
  return true
}

/** Behind a function because the state changes under callbacks and across waits, which narrowing does not see. */
function isDone(reader: Reader): boolean {
  return reader.state === 'done'
}
