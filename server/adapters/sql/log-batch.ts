import type { AppendResult, OpenResult } from '#server/ports/event-log.ts'

/**
 * What one turn of the event loop wants written, as columns: copying a few long arrays to the thread costs a fraction of
 * copying an object for each event.
 */
export interface LogBatch {
  opens: { generationId: string; epoch: number }[]
  drops: string[]
  /** One entry for each append: log, epoch, place and number of events. */
  generationIds: string[]
  epochs: number[]
  afterSeqs: number[]
  counts: number[]
  /** One line for each event of all appends, in order. An event's JSON holds no line feed. */
  types: string
  json: string
  /** Schema version of all these events. */
  version: number
}

export interface LogBatchOutcome {
  opens: OpenResult[]
  /** For each append its index in `APPEND_OUTCOMES`, and the log's last seq where that is `ok` or `repeated`. */
  appends: number[]
  lastSeqs: number[]
  /** How many events the commit added. */
  added: number
  /** Whether an opened epoch or a terminal event is among what is acknowledged: those wait for the disk. */
  mustReachDisk: boolean
}

export const APPEND_OUTCOMES = ['ok', 'repeated', 'fenced', 'sealed', 'dropped', 'not-open', 'conflict'] as const
export type AppendOutcome = (typeof APPEND_OUTCOMES)[number]

export function appendResult(outcome: LogBatchOutcome, index: number): AppendResult {
  const reason = APPEND_OUTCOMES[outcome.appends[index] ?? -1] ?? 'conflict'
  if (reason !== 'ok' && reason !== 'repeated') return { ok: false, reason }
  return { ok: true, lastSeq: outcome.lastSeqs[index] ?? 0, repeated: reason === 'repeated' }
}
