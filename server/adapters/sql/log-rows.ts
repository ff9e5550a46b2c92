import type { GenerationEvent } from '#protocol/events.ts'
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
   * The events from `fromSeq` to the next mark or to the log's end, whichever comes first: between 1 and `MARK_EVERY`.
   * Undefined when they are gone, because the log was dropped after its state was read.
   */
  segment(state: LogState, fromSeq: number): StoredEvent[] | undefined
}

export function createLogRows({ database }: SqliteConnection): LogRows {
  const findLog = database.prepare(
    'SELECT no, open_epoch, last_epoch, last_seq, last_position, sealed, dropped FROM log WHERE generation_id = ?',
    { returnArrays: true },
  )
  const findMark = database.prepare('SELECT position FROM event_mark WHERE log_no = ? AND seq = ?', {
    returnArrays: true,
  })
  const walkBack = database.prepare(
    `WITH RECURSIVE walk (before, epoch, seq, version, type, json) AS (
      SELECT before, epoch, seq, version, type, json FROM event WHERE position = ?1
      UNION ALL
      SELECT event.before, event.epoch, event.seq, event.version, event.type, event.json
      FROM walk JOIN event ON event.position = walk.before WHERE walk.seq > ?2
    ) SELECT epoch, seq, version, type, json FROM walk`,
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

    segment(state, fromSeq) {
      const untilSeq = Math.min(Math.ceil(fromSeq / MARK_EVERY) * MARK_EVERY, state.lastSeq)
      const position = positionOf(state, untilSeq)
      if (position === undefined) return undefined
      const tuples = walkBack.all(position, fromSeq) as unknown as EventTuple[]
      if (tuples.length !== untilSeq - fromSeq + 1) return undefined
      return tuples.reverse().map(([epoch, seq, version, type, json]) => ({ epoch, seq, version, type, json }))
    },
  }
}

type LogTuple = [number, number, number, number, number, number, number]
type EventTuple = [number, number, number, GenerationEvent['type'], string]
