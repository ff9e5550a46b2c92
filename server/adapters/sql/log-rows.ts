import type { GenerationEvent } from '#protocol/events.ts'
import { createLongEvents, SHORT_JSON } from './long-events.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

/** Every how many events of a log one has an entry in `event_mark`: the longest walk back to find an event. */
export const MARK_EVERY = 64

/** One row of `log`. */
export interface LogState {
  no: number
  openEpoch: number
  lastEpoch: number
  lastSeq: number
  /** Position of the last event; 0 when there is none. */
  lastPosition: number
  sealed: boolean
  dropped: boolean
}

export interface StoredEvent {
  epoch: number
  seq: number
  version: number
  type: GenerationEvent['type']
  json: string
}

export interface LogRows {
  find(generationId: string): LogState | undefined
  /**
   * The events from `fromSeq` to the next mark or to the log's end, whichever comes first, and not beyond the bounds:
   * between 1 and `MARK_EVERY`. Undefined when they are gone, because the log was dropped after its state was read.
   */
  segment(state: LogState, fromSeq: number, bounds?: SegmentBounds): StoredEvent[] | undefined
}

export interface SegmentBounds {
  maxRows: number
  /** The event with which so much JSON is reached is the last one. */
  maxBytes: number
}

export function createLogRows(connection: SqliteConnection): LogRows {
  const { database } = connection
  const readLongEvent = createLongEvents(connection)
  const findLog = database.prepare(
    'SELECT no, open_epoch, last_epoch, last_seq, last_position, sealed, dropped FROM log WHERE generation_id = ?',
    { returnArrays: true },
  )
  const findMark = database.prepare('SELECT position FROM event_mark WHERE log_no = ? AND seq = ?', {
    returnArrays: true,
  })
  // From the mark at ?1 back to seq ?2, of which those from seq ?3 on are only passed by.
  const wantedJson = (seq: string): string => `CASE WHEN ${seq} < ?3 THEN ${SHORT_JSON} END`
  const walkBack = database.prepare(
    `WITH RECURSIVE walk (position, before, epoch, seq, version, type, json) AS (
      SELECT position, before, epoch, seq, version, type, ${wantedJson('seq')} FROM event WHERE position = ?1
      UNION ALL
      SELECT event.position, event.before, event.epoch, event.seq, event.version, event.type, ${wantedJson('event.seq')}
      FROM walk JOIN event ON event.position = walk.before WHERE walk.seq > ?2
    ) SELECT position, epoch, seq, version, type, json FROM walk WHERE seq < ?3`,
    { returnArrays: true },
  )

  const positionOf = (state: LogState, seq: number): number | undefined => {
    if (seq === state.lastSeq) return state.lastPosition
    const mark = findMark.get(state.no, seq) as unknown as [number] | undefined
    return mark?.[0]
  }

  return {
    find(generationId) {
      const row = findLog.get(generationId) as unknown as LogTuple | undefined
      if (!row) return undefined
      const [no, openEpoch, lastEpoch, lastSeq, lastPosition, sealed, dropped] = row
      return { no, openEpoch, lastEpoch, lastSeq, lastPosition, sealed: sealed === 1, dropped: dropped === 1 }
    },

    segment(state, fromSeq, { maxRows, maxBytes } = UNBOUNDED) {
      const untilSeq = Math.min(Math.ceil(fromSeq / MARK_EVERY) * MARK_EVERY, state.lastSeq)
      const markedAt = positionOf(state, untilSeq)
      if (markedAt === undefined) return undefined
      const beforeSeq = Math.min(untilSeq + 1, fromSeq + maxRows)
      const tuples = walkBack.all(markedAt, fromSeq, beforeSeq) as unknown as EventTuple[]
      if (tuples.length !== beforeSeq - fromSeq) return undefined
      const events: StoredEvent[] = []
      let bytes = 0
      for (let tuple = tuples.pop(); tuple && bytes < maxBytes; tuple = tuples.pop()) {
        const [position, epoch, seq, version, type, short] = tuple
        const json = short ?? readLongEvent(position)
        if (json === undefined) return undefined
        events.push({ epoch, seq, version, type, json })
        bytes += Buffer.byteLength(json)
      }
      return events
    },
  }
}

const UNBOUNDED: SegmentBounds = { maxRows: Infinity, maxBytes: Infinity }

type LogTuple = [number, number, number, number, number, number, number]
type EventTuple = [number, number, number, number, GenerationEvent['type'], string | null]
