import { LOG_START } from '#protocol/cursor.ts'
import type { EndEvent, GenerationEvent } from '#protocol/events.ts'
import { emptyAnswer, fold } from '#protocol/fold.ts'
import type { Answer } from '#protocol/messages.ts'
import type { EventLog } from '#server/ports/event-log.ts'

const CHUNK_ROWS = 1_000

/** A whole sealed log, folded, and its terminal event; undefined when it is not sealed or no longer kept. */
export async function readEndedLog(
  log: EventLog,
  generationId: string,
): Promise<{ answer: Answer; end: EndEvent } | undefined> {
  let answer = emptyAnswer()
  let cursor = LOG_START
  for (;;) {
    const result = await log.read(generationId, cursor, CHUNK_ROWS)
    if (!result.ok) return undefined
    for (const row of result.rows) {
      const event = JSON.parse(row.json) as GenerationEvent
      answer = fold(answer, event)
      if (event.type === 'end') return { answer, end: event }
      cursor = { epoch: row.epoch, seq: row.seq }
    }
    if (result.rows.length < CHUNK_ROWS) return undefined
  }
}
