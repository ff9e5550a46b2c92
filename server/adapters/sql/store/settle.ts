import { sql } from 'kysely'
import type { Answer } from '#protocol/messages.ts'
import { MillraceError } from '#server/domain/errors.ts'
import { isTerminal } from '#server/domain/states.ts'
import type { SqlContext } from '../sql-context.ts'
import { change, first, type Transaction } from '../transaction.ts'
import { advanceQueue, followNewer } from './advance-queue.ts'
import { raiseRevision } from './revisions.ts'
import { askForTitle, takeTitle, type SettledRow } from './titles.ts'

/** `Store.settle`: once for every generation, whoever tries and however often. */
export function* settleGeneration(
  context: SqlContext,
  generationId: string,
  answer: Answer,
  now: number,
): Transaction<boolean> {
  if (!isTerminal(answer.status))
    throw new MillraceError('invariant', `An answer that is ${answer.status} cannot be settled.`)
  const row: SettledRow | undefined = yield* first(
    context.db
      .updateTable('generation')
      .set({
        status: answer.status,
        ended_at: now,
        worker_id: null,
        lease_until: null,
        cancelled_by: sql`coalesce(cancelled_by, ${answer.cancelledBy ?? null})`,
      })
      .where('id', '=', generationId)
      .where('ended_at', 'is', null)
      .returning(['user_id', 'message_id', 'conversation_id', 'purpose', 'origin', 'request_json']),
  )
  if (!row) return false
  if (row.purpose === 'title') yield* takeTitle(context, row, answer)
  else yield* settleAnswer(context, row, answer, now)
  return true
}

function* settleAnswer(context: SqlContext, row: SettledRow, answer: Answer, now: number): Transaction<void> {
  const { db } = context
  const { user_id: userId, message_id: messageId, conversation_id: conversationId } = row
  if (conversationId === null) return
  const revision = yield* raiseRevision(context, userId, conversationId)
  const { parts, ...facts } = answer
  const fold = { parts_json: JSON.stringify(parts), answer_json: JSON.stringify(facts), revision }
  if (messageId !== null) yield* change(db.updateTable('message').set(fold).where('id', '=', messageId))
  const conversation = yield* first(
    db
      .updateTable('conversation')
      .set({
        updated_at: sql`case when updated_at < ${now} then ${now} else updated_at end`,
        answered_revision: revision,
      })
      .where('id', '=', conversationId)
      .returning('deleted_at'),
  )
  if (messageId === null) return
  const complete = answer.status === 'completed' ? messageId : yield* followNewer(context, messageId)
  // What was deleted goes on once it is restored.
  if (complete === undefined || conversation?.deleted_at !== null) return
  if (complete === messageId) yield* askForTitle(context, row, answer, now)
  yield* advanceQueue(context, { userId, anchorId: complete, now })
}
