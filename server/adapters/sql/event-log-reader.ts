import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Cursor } from '#protocol/cursor.ts'
import type { GenerationEvent } from '#protocol/events.ts'
import { MAX_READ_BYTES, type EventLog, type LogRow, type ReadResult } from '#server/ports/event-log.ts'
import { createDurablePosition, type DurablePosition } from './durable-position.ts'
import { createLongEvents, SHORT_JSON } from './long-events.ts'
import { createLogRows, type LogRows, type LogState } from './log-rows.ts'
import type { SqliteConnection } from './sqlite-connection.ts'
import { createWakeSignal } from './wake-signal.ts'
import type { WalSync } from './wal-sync.ts'

export interface EventLogReader extends Pick<EventLog, 'read' | 'tail' | 'follow'> {
  /** Tells followers that there may be something new. */
  wake(): void
}

/** About a millisecond's worth of rows: what a follower reads at once. */
const FOLLOW_ROWS = 500
/** A long read lets others have their turn after this time. */
const SLICE_MS = 4
/** What a lost doorbell can cost. */
const SAFETY_POLL_MS = 1_000
const MAX_KNOWN_LOGS = 5_000

/**
 * Reads on a connection of its own, on the calling thread: a read is a few microseconds, a message more. A terminal event
 * is handed out only once it is on the disk; a client must not be told an end that a power loss takes back.
 */
export function createEventLogReader(connection: SqliteConnection, walSync: Pick<WalSync, 'sync'>): EventLogReader {
  const { database } = connection
  const rows = createLogRows(connection)
  const readLongEvent = createLongEvents(connection)
  const wakeSignal = createWakeSignal()
  const findHighest = database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'event'")
  const findGeneration = database.prepare('SELECT generation_id FROM log WHERE no = ?')
  const readAfter = database.prepare(
    `SELECT position, log_no, epoch, seq, version, type, ${SHORT_JSON} FROM event
     WHERE position > ? ORDER BY position LIMIT ${FOLLOW_ROWS}`,
    { returnArrays: true },
  )
  const generationIds = new Map<number, string>()
  const highest = (): number => Number(findHighest.get()?.['seq'] ?? 0)
  const durable = createDurablePosition(walSync, highest)

  function generationOf(logNo: number): string {
    const known = generationIds.get(logNo)
    if (known !== undefined) return known
    if (generationIds.size >= MAX_KNOWN_LOGS) generationIds.clear()
    const generationId = String(findGeneration.get(logNo)?.['generation_id'])
    generationIds.set(logNo, generationId)
    return generationId
  }

  function toLogRow([position, logNo, epoch, seq, version, type, short]: EventTuple): LogRow | undefined {
    const json = short ?? readLongEvent(position)
    return json === undefined ? undefined : { generationId: generationOf(logNo), epoch, seq, version, type, json }
  }

  function* inBatches(tuples: readonly EventTuple[]): Generator<readonly LogRow[]> {
    let batch: LogRow[] = []
    let bytes = 0
    for (const tuple of tuples) {
      const row = toLogRow(tuple)
      // Its log was dropped meanwhile.
      if (!row) continue
      batch.push(row)
      bytes += Buffer.byteLength(row.json)
      if (bytes < MAX_READ_BYTES) continue
      yield batch
      batch = []
      bytes = 0
    }
    if (batch.length > 0) yield batch
  }

  async function* followFrom(start: number, signal: AbortSignal): AsyncGenerator<readonly LogRow[]> {
    let position = start
    /** Terminal events that are not on the disk yet, in order. What other logs hold goes on. */
    let held: EventTuple[] = []
    while (!signal.aborted) {
      const seen = wakeSignal.count()
      // Commits are one after another, so what is visible has no gaps that could be filled later.
      const tuples = readAfter.all(position) as unknown as EventTuple[]
      position = tuples.at(-1)?.[0] ?? position
      const ready = held.filter(isDurable)
      held = held.filter((tuple) => !isDurable(tuple))
      for (const tuple of tuples) (tuple[5] !== 'end' || isDurable(tuple) ? ready : held).push(tuple)
      const last = held.at(-1)
      // A disk that refuses is asked again with the next poll.
      if (last) void durable.reach(last[0]).then(wakeSignal.wake, () => {})
      for (const batch of inBatches(ready)) {
        yield batch
        if (signal.aborted) return
      }
      if (tuples.length === FOLLOW_ROWS) await nextTurn()
      else await wakeSignal.wait(seen, SAFETY_POLL_MS, signal)
    }
  }

  function isDurable([position]: EventTuple): boolean {
    return durable.has(position)
  }

  return {
    read: (generationId, after, limit) => readLog(rows, durable, generationId, after, limit),

    async tail(generationId) {
      const state = rows.find(generationId)
      if (!state || state.dropped) return undefined
      if (state.sealed) await durable.reach(state.lastPosition)
      return tailOf(state)
    },

    // Taken now and not at the first `next`: nothing that is committed after this call is missed.
    follow: (signal) => followFrom(highest(), signal),

    wake: () => wakeSignal.wake(),
  }
}

type EventTuple = [number, number, number, number, number, GenerationEvent['type'], string | null]

async function readLog(
  rows: LogRows,
  durable: DurablePosition,
  generationId: string,
  after: Cursor,
  limit: number,
): Promise<ReadResult> {
  const state = rows.find(generationId)
  if (state?.dropped) return { ok: false, reason: 'dropped' }
  if (after.seq > (state?.lastSeq ?? 0)) return { ok: false, reason: 'beyond-tail' }
  if (after.seq === 0 && after.epoch !== 0) return { ok: false, reason: 'mismatch' }
  if (!state) return { ok: true, rows: [], more: false, tail: undefined }
  // Only in the moment after its end does this wait; then all of the log is told, and that it is sealed.
  if (state.sealed) await durable.reach(state.lastPosition)

  const read: LogRow[] = []
  let bytes = 0
  let sliceStart = performance.now()
  // The event that the cursor names is read too, to see that it is that one.
  for (let seq = Math.max(after.seq, 1); seq <= state.lastSeq && read.length < limit && bytes < MAX_READ_BYTES;) {
    const maxRows = limit - read.length + (seq === after.seq ? 1 : 0)
    const segment = rows.segment(state, seq, { maxRows, maxBytes: MAX_READ_BYTES - bytes })
    if (!segment) return { ok: false, reason: 'dropped' }
    for (const event of segment) {
      if (event.seq === after.seq) {
        if (event.epoch !== after.epoch) return { ok: false, reason: 'mismatch' }
        continue
      }
      read.push({ generationId, ...event })
      bytes += Buffer.byteLength(event.json)
    }
    seq += segment.length
    if (performance.now() - sliceStart > SLICE_MS) {
      await nextTurn()
      sliceStart = performance.now()
    }
  }
  const more = (read.at(-1)?.seq ?? after.seq) < state.lastSeq
  return { ok: true, rows: read, more, tail: tailOf(state) }
}

function tailOf({ lastEpoch, lastSeq, openEpoch, sealed }: LogState) {
  return { epoch: lastEpoch, seq: lastSeq, openEpoch, sealed }
}
