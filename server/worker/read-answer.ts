import { LOG_START } from '#protocol/cursor.ts'
import type { GenerationEvent } from '#protocol/events.ts'
import { emptyAnswer, fold } from '#protocol/fold.ts'
import type { Answer } from '#protocol/messages.ts'
import type { EventLog } from '#server/ports/event-log.ts'
import { followAttempt, type AttemptSoFar } from './attempt-so-far.ts'

const CHUNK_ROWS = 1_000

export interface ReadAnswer {
  answer: Answer
  attempt: AttemptSoFar
  lastSeq: number
  sealed: boolean
}

/** Folds a whole log; undefined when it was dropped. */
export async function readAnswer(log: EventLog, generationId: string): Promise<ReadAnswer | undefined> {
  let answer = emptyAnswer()
  let attempt: AttemptSoFar = {}
  let cursor = LOG_START
  for (;;) {
    const result = await log.read(generationId, cursor, CHUNK_ROWS)
    if (!result.ok) return undefined
    for (const row of result.rows) {
      const event = JSON.parse(row.json) as GenerationEvent
      attempt = followAttempt(attempt, event, answer.attemptReason === 'resumed')
      answer = fold(answer, event)
    }
    const last = result.rows.at(-1)
    if (last) cursor = { epoch: last.epoch, seq: last.seq }
    if (!result.more) {
      return { answer, attempt, lastSeq: cursor.seq, sealed: result.tail?.sealed ?? false }
    }
  }
}
