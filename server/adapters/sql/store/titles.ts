import type { Answer, MessagePart } from '#protocol/messages.ts'
import type { GenerationOrigin, GenerationRequest, GenerationPurpose } from '#server/domain/generation.ts'
import { titleIn, titleRequest } from '#server/domain/title.ts'
import type { SqlContext } from '../sql-context.ts'
import { change, first, type Transaction } from '../transaction.ts'
import { insertGeneration } from './insert-turn.ts'
import { raiseRevision } from './revisions.ts'

export interface SettledRow {
  user_id: string
  conversation_id: string | null
  message_id: string | null
  purpose: GenerationPurpose
  origin: GenerationOrigin
  request_json: string
}

/** After a complete answer: has a title written for its conversation, unless there is one or somebody is at it. */
export function* askForTitle(context: SqlContext, row: SettledRow, answer: Answer, now: number): Transaction<void> {
  const { user_id: userId, conversation_id: conversationId, message_id: messageId } = row
  if (conversationId === null || messageId === null) return
  const { title } = JSON.parse(row.request_json) as GenerationRequest
  if (!title) return
  const { db, newId } = context
  const asking = db.updateTable('conversation').set({ title_source: 'asked' }).where('id', '=', conversationId)
  const asked = yield* change(asking.where('title_source', '=', 'plain').where('deleted_at', 'is', null))
  if (asked === 0) return
  const question = yield* first(
    db
      .selectFrom('message as answer')
      .innerJoin('message as question', 'question.id', 'answer.parent_id')
      .select('question.parts_json')
      .where('answer.id', '=', messageId),
  )
  const asker = JSON.parse(question?.parts_json ?? '[]') as MessagePart[]
  const request = titleRequest(title, { question: asker, answer: answer.parts })
  const scope = { userId, conversationId, now, origin: row.origin, groupId: null, revision: 0 }
  yield* insertGeneration(context, scope, { generationId: newId(), messageId: null, purpose: 'title', request })
  context.effects.jobs = true
}

/**
 * Where nothing came of it the plain title stays, and after a failure the next complete answer asks again. What a person
 * wrote meanwhile stays too.
 */
export function* takeTitle(context: SqlContext, row: SettledRow, answer: Answer): Transaction<void> {
  const { conversation_id: id, user_id: userId } = row
  if (id === null) return
  const asked = context.db.updateTable('conversation').where('id', '=', id).where('title_source', '=', 'asked')
  if (answer.status !== 'completed') return void (yield* change(asked.set({ title_source: 'plain' })))
  const title = titleIn(answer.parts)
  if (title === undefined) return
  if ((yield* change(asked.set({ title, title_source: 'model' }))) > 0) yield* raiseRevision(context, userId, id)
}
