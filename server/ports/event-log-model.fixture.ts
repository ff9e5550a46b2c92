import { LOG_START, type Cursor } from '#protocol/cursor.ts'
import type { GenerationEvent } from '#protocol/events.ts'
import { MAX_READ_BYTES, type AppendPosition, type AppendResult, type LogTail, type OpenResult } from './event-log.ts'

/** What `EventLog` promises about one log, in memory: the tests compare a real one with it. */
export interface LogModel {
  /** Undefined before the first `open`. */
  openEpoch: number | undefined
  rows: ModelRow[]
  sealed: boolean
  dropped: boolean
}

export interface ModelRow extends Cursor {
  json: string
}

export type ModelRead = { rows: ModelRow[]; more: boolean } | { reason: 'mismatch' | 'beyond-tail' | 'dropped' }

export function newLogModel(): LogModel {
  return { openEpoch: undefined, rows: [], sealed: false, dropped: false }
}

export function openModel(model: LogModel, epoch: number): OpenResult {
  if (model.dropped) return { ok: false, reason: 'dropped' }
  if (model.sealed) return { ok: false, reason: 'sealed' }
  if (epoch < (model.openEpoch ?? 0)) return { ok: false, reason: 'fenced' }
  model.openEpoch = epoch
  return { ok: true, lastSeq: model.rows.length }
}

export function appendToModel(
  model: LogModel,
  { epoch, afterSeq }: AppendPosition,
  events: readonly GenerationEvent[],
): AppendResult {
  if (model.openEpoch === undefined) return { ok: false, reason: 'not-open' }
  if (model.dropped) return { ok: false, reason: 'dropped' }
  const rows = events.map((event, index) => ({ epoch, seq: afterSeq + index + 1, json: JSON.stringify(event) }))
  const lastSeq = afterSeq + rows.length
  const standing = model.rows.slice(afterSeq, lastSeq)
  if (rows.length > 0 && JSON.stringify(standing) === JSON.stringify(rows)) return { ok: true, lastSeq, repeated: true }
  if (model.sealed) return { ok: false, reason: 'sealed' }
  if (epoch < model.openEpoch) return { ok: false, reason: 'fenced' }
  if (epoch > model.openEpoch) return { ok: false, reason: 'not-open' }
  if (afterSeq !== model.rows.length) return { ok: false, reason: 'conflict' }
  model.rows.push(...rows)
  model.sealed = events.at(-1)?.type === 'end'
  return { ok: true, lastSeq, repeated: false }
}

export function readModel(model: LogModel, after: Cursor, limit: number): ModelRead {
  if (model.dropped) return { reason: 'dropped' }
  if (after.seq > model.rows.length) return { reason: 'beyond-tail' }
  const { epoch } = model.rows[after.seq - 1] ?? LOG_START
  if (epoch !== after.epoch) return { reason: 'mismatch' }
  const rows: ModelRow[] = []
  let bytes = 0
  for (const row of model.rows.slice(after.seq)) {
    if (rows.length >= limit || bytes >= MAX_READ_BYTES) return { rows, more: true }
    rows.push(row)
    bytes += Buffer.byteLength(row.json)
  }
  return { rows, more: false }
}

export function tailOfModel({ openEpoch, dropped, rows, sealed }: LogModel): LogTail | undefined {
  if (openEpoch === undefined || dropped) return undefined
  return { epoch: rows.at(-1)?.epoch ?? 0, seq: rows.length, openEpoch, sealed }
}

export function dropModel(model: LogModel): void {
  if (model.sealed) model.dropped = true
}
