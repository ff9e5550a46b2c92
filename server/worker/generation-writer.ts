import { isDelta, piecesOf, type DeltaEvent, type GenerationEvent } from '#protocol/events.ts'
import { fold } from '#protocol/fold.ts'
import type { Answer } from '#protocol/messages.ts'
import { isStorageFailure } from '#server/domain/errors.ts'
import type { AppendResult, EventLog } from '#server/ports/event-log.ts'
import { splitDelta } from './split-delta.ts'
import { wait } from './wait.ts'

/** Deltas join into rows of at most this many characters, and longer ones are split. */
const MAX_ROW_CHARACTERS = 64 * 1024
/** A producer that is this far ahead of the log has to wait. */
const MAX_PENDING_CHARACTERS = 1024 * 1024
const RETRY_DELAYS_MS = [50, 200, 1_000, 3_000]

/** Another worker owns the generation now, or it has ended: whoever gets this must stop and write nothing more. */
export class FencedError extends Error {
  constructor(reason: string) {
    super(`The log refuses this writer: ${reason}.`)
    this.name = 'FencedError'
  }
}

/**
 * Writes one attempt's events. One append is under way at a time; what arrives meanwhile gathers, and consecutive deltas
 * of one type join. So a log that keeps up gets every delta at once and on its own, and only a writer that falls behind
 * writes larger rows.
 */
export interface GenerationWriter {
  /** The answer as the log will tell it once everything given so far is written. */
  answer(): Answer
  /** Accepts events. Returns a promise only when the log is so far behind that the producer has to wait. */
  write(events: readonly GenerationEvent[]): Promise<void> | undefined
  /** Resolves when everything given so far is in the log. Throws `FencedError`, or the log's own failure. */
  flush(): Promise<void>
}

export interface GenerationWriterOptions {
  log: EventLog
  generationId: string
  epoch: number
  /** Seq of the log's last event. */
  lastSeq: number
  /** The fold of the log up to there. */
  answer: Answer
  /** Nothing is appended before this resolves; when it rejects, nothing is. */
  opened?: Promise<void>
}

export function createGenerationWriter(options: GenerationWriterOptions): GenerationWriter {
  const { log, generationId, epoch, opened } = options
  let { answer, lastSeq } = options
  let pending: GenerationEvent[] = []
  let pendingCharacters = 0
  let underWay: Promise<void> | undefined
  let failure: unknown

  async function drain(): Promise<void> {
    try {
      if (opened) await opened
      while (pending.length > 0) await appendPending()
    } catch (error) {
      failure = error
    }
    underWay = undefined
  }

  async function appendPending(): Promise<void> {
    const batch = pending
    pending = []
    pendingCharacters = 0
    for (const event of batch) answer = fold(answer, event)
    const result = await appendSurely(log, generationId, { epoch, afterSeq: lastSeq }, batch)
    if (!result.ok) throw new FencedError(result.reason)
    lastSeq = result.lastSeq
  }

  function start(): Promise<void> | undefined {
    if (!underWay && pending.length > 0) underWay = drain()
    return underWay
  }

  function gather(event: GenerationEvent): void {
    if (!isDelta(event)) pending.push(event)
    else for (const part of splitDelta(event, MAX_ROW_CHARACTERS)) gatherDelta(part)
  }

  function gatherDelta(delta: DeltaEvent): void {
    const last = pending.at(-1)
    pendingCharacters += delta.text.length
    if (last?.type === delta.type && last.text.length + delta.text.length <= MAX_ROW_CHARACTERS) {
      const pieces = piecesOf(last) + piecesOf(delta)
      const joined: DeltaEvent = { ...last, text: last.text + delta.text, pieces }
      pending[pending.length - 1] = joined
    } else {
      pending.push(delta)
    }
  }

  async function flush(): Promise<void> {
    while (underWay || pending.length > 0) {
      await start()
      if (failure !== undefined) throw failure
    }
    if (failure !== undefined) throw failure
  }

  return {
    answer: () => pending.reduce(fold, answer),
    write(events) {
      if (failure === undefined) {
        for (const event of events) gather(event)
        void start()
        if (pendingCharacters <= MAX_PENDING_CHARACTERS) return undefined
      }
      const flushed = flush()
      // Most callers write on without waiting; the refusal reaches them at their next `flush`, not as an unhandled one.
      flushed.catch(() => {})
      return flushed
    },
    flush,
  }
}

/**
 * Appends, and repeats an append whose outcome is unknown: the log recognises it. For a disk or a lock that refuses it the
 * log itself has waited as long as it may (`untilAllStored`).
 */
async function appendSurely(
  log: EventLog,
  generationId: string,
  at: { epoch: number; afterSeq: number },
  events: readonly GenerationEvent[],
): Promise<AppendResult> {
  for (const delayMs of RETRY_DELAYS_MS) {
    try {
      return await log.append(generationId, at, events)
    } catch (error) {
      if (isStorageFailure(error)) throw error
      await wait(delayMs)
    }
  }
  return await log.append(generationId, at, events)
}
