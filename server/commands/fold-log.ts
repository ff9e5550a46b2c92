import { LOG_START } from '#protocol/cursor.ts'
import type { GenerationEvent } from '#protocol/events.ts'
import { emptyAnswer, fold } from '#protocol/fold.ts'
import type { Answer } from '#protocol/messages.ts'
import type { EventLog } from '#server/ports/event-log.ts'

const CHUNK_ROWS = 1_000

/** What a log tells so far; its status is terminal exactly when it is sealed. Undefined when it is no longer kept. */
export async function foldLog(log: EventLog, generationId: string): Promise<Answer | undefined> {
  let answer = emptyAnswer()
  let cursor = LOG_START
  for (;;) {
    const result = await log.read(generationId, cursor, CHUNK_ROWS)
    if (!result.ok) return undefined
    for (const row of result.rows) {
      answer = fold(answer, JSON.parse(row.json) as GenerationEvent)
      cursor = { epoch: row.epoch, seq: row.seq }
    }
    if (!result.more) return answer
  }
}
