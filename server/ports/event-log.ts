import type { Cursor } from '#protocol/cursor.ts'
import type { GenerationEvent } from '#protocol/events.ts'

/**
 * The truth about every answer: one append-only log per generation, never reused.
 *
 * - A log belongs to one writer at a time, named by its epoch. `open` raises the epoch and fences every lower one.
 * - Seq is contiguous from 1 over the whole log, across epochs. Events never change.
 * - The terminal event (`end`) and the seal are one act: after it nothing can be appended and nothing can be opened.
 * - Cursors are `(epoch, seq)`: the place after the event that has this seq and this epoch.
 * - An acknowledged `append` survives the death of any process. An acknowledged `open` survives a power loss as well, so
 *   that no epoch of which a reader has seen events is ever given out again: after a power loss other events may stand at
 *   the same seq, but only in a higher epoch. An append that holds the terminal event is acknowledged only when it also
 *   survives a power loss, and no reader is given that event, or told of the seal, before it does.
 */
export interface EventLog {
  /**
   * Makes `epoch` the only one that may append; creates the log when there is none. Opening the current epoch again is
   * not an error as long as it is the caller's own claim: only a lower epoch is `fenced`.
   */
  open(generationId: string, epoch: number): Promise<OpenResult>

  /**
   * Appends all events or none, at `afterSeq + 1` and on. `end` may stand only last.
   *
   * Repeating an append whose outcome is unknown is safe: when exactly these events already stand at these places, the
   * answer is `ok` with `repeated`, even if the log was sealed by them or a higher epoch was opened since.
   *
   * Appends of one process commit in groups: while one commit is under way the next gathers. Calls for one log must not
   * overlap; calls for different logs may.
   */
  append(generationId: string, at: AppendPosition, events: readonly GenerationEvent[]): Promise<AppendResult>

  /**
   * Events after the cursor, in seq order and without gaps: at least one if there is one, at most `limit`, and none after
   * the one with which `MAX_READ_BYTES` are reached. `more` says that the log held further ones. A log that was never
   * opened reads as empty. The cursor `0-0` matches every log.
   */
  read(generationId: string, after: Cursor, limit: number): Promise<ReadResult>

  /** The last event's place and whether the log is sealed; undefined when the log was never opened or was dropped. */
  tail(generationId: string): Promise<LogTail | undefined>

  /**
   * New events of all generations, from now on, in batches and in the order in which they were committed; each log's
   * events in seq order and without gaps. Only a terminal event may come after later events of other logs, because it
   * waits until it survives a power loss. One sequential read per wake-up, however many logs and readers there are; a
   * batch is bounded like a read. A doorbell only makes it sooner: a slow safety poll finds what a lost doorbell hid. Ends
   * when the signal aborts.
   */
  follow(signal: AbortSignal): AsyncIterable<readonly LogRow[]>

  /** Forgets a sealed log's events; later appends and opens are refused. Dropping twice, or a live log, does nothing. */
  drop(generationId: string): Promise<void>
}

/**
 * Bytes of JSON in UTF-8 with which a read or a batch is full: it may exceed them by a part of its last event. A row count
 * alone bounds nothing, because a writer that falls behind joins deltas into rows of up to 64 Ki characters.
 */
export const MAX_READ_BYTES = 256 * 1024

/**
 * One event as it is stored. `json` is the event encoded once, by its writer: readers that pass it on need not parse it.
 * It holds no CR or LF.
 */
export interface LogRow {
  generationId: string
  epoch: number
  seq: number
  /** Schema version of the payload. */
  version: number
  type: GenerationEvent['type']
  json: string
}

export interface AppendPosition {
  epoch: number
  afterSeq: number
}

export interface LogTail extends Cursor {
  /** The highest epoch that was opened; at least the epoch of the last event. */
  openEpoch: number
  sealed: boolean
}

export type OpenResult = { ok: true; lastSeq: number } | { ok: false; reason: 'fenced' | 'sealed' | 'dropped' }

export type AppendResult =
  | { ok: true; lastSeq: number; repeated: boolean }
  /**
   * `fenced`: a higher epoch owns the log. `not-open`: nobody opened it with this epoch. `sealed`, `dropped`: as they
   * say. `conflict`: other events stand at these places, or `afterSeq` lies beyond the tail.
   */
  | { ok: false; reason: 'fenced' | 'sealed' | 'dropped' | 'not-open' | 'conflict' }

export type ReadResult =
  | { ok: true; rows: LogRow[]; more: boolean; tail: LogTail | undefined }
  /** `mismatch`: another event stands at this seq (HTTP 410). `beyond-tail`: nothing stands there yet (409). */
  | { ok: false; reason: 'mismatch' | 'beyond-tail' | 'dropped' }
