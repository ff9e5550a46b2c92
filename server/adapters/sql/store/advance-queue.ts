import { sql } from 'kysely'
import type { GenerationRequest } from '#server/domain/generation.ts'
import type { QueuedRequest, QueuedTurn } from '#server/domain/queued-turn.ts'
import type { SqlContext } from '../sql-context.ts'
import { change, first, type Transaction } from '../transaction.ts'
import { insertAnswer, insertQuestion } from './insert-turn.ts'
import { answersOf } from './queue-place.ts'
import { selectTurns, toTurn } from './queued-turns.ts'
import { raiseRevision } from './revisions.ts'

/**
 * Sends the first turn that waits for this answer, which has ended; the others wait for its answer from now on. Says
 * whether there was one. Called within the transaction that ends the answer, so that a turn is sent once.
 */
export function* advanceQueue(
  context: SqlContext,
  { userId, anchorId, now }: { userId: string; anchorId: string; now: number },
): Transaction<boolean> {
  const waiting = selectTurns(context, userId).where('queued_turn.anchor_id', '=', anchorId)
  const row = yield* first(waiting.where('queued_turn.state', '=', 'queued').orderBy('place').limit(1))
  if (!row) return false
  const turn = toTurn(row)
  const { db, newId } = context
  const { conversationId, requests, parts } = turn
  const revision = yield* raiseRevision(context, userId, conversationId)
  const questionId = newId()
  const answers = requests.map((request) => ({
    messageId: newId(),
    generationId: newId(),
    request: atQuestion(request, questionId),
  }))
  const groupId = answers.length > 1 ? newId() : null
  const scope = { ...scopeOf(turn, userId, now), groupId, revision }
  yield* insertQuestion(context, scope, { id: questionId, parentId: anchorId, parts })
  for (const answer of answers) yield* insertAnswer(context, scope, questionId, answer)
  const sent = db.updateTable('queued_turn').set({ state: 'sent', message_id: questionId })
  yield* change(sent.where('id', '=', turn.id))
  const leaf = answers[0]?.messageId ?? questionId
  yield* followRetry(context, [anchorId], answers.length > 1 ? questionId : leaf)
  yield* moveLeaf(context, { conversationId, from: anchorId, to: leaf, now })
  context.effects.jobs = true
  return true
}

/**
 * Lets the turns that wait for one of these answers wait for another one from now on. Withdrawn ones go along: whoever
 * names one of them means the place where it would be.
 */
export function* followRetry(
  { db, differences }: SqlContext,
  answerIds: readonly string[],
  anchorId: string,
): Transaction<void> {
  if (answerIds.length === 0) return
  const unsent = db.updateTable('queued_turn').set({ anchor_id: anchorId }).where('state', '!=', 'sent')
  // Found by the conversation: withdrawn ones are in no index by what they wait for.
  const where = db.selectFrom('message').select('conversation_id').where('id', '=', anchorId)
  const ours = unsent.where('conversation_id', '=', where)
  yield* change(ours.where(differences.isOneOf(sql.ref('anchor_id'), answerIds)))
}

/**
 * Where the question was asked again before this answer failed or was stopped: the turns that wait for it wait for the
 * newest answer instead. Its id, if it is complete already.
 */
export function* followNewer(context: SqlContext, answerId: string): Transaction<string | undefined> {
  const { db } = context
  const answer = yield* first(db.selectFrom('message').select('parent_id').where('id', '=', answerId))
  if (!answer?.parent_id) return undefined
  const answers = yield* answersOf(context, answer.parent_id)
  const own = answers.find(({ id }) => id === answerId)
  const newest = answers.at(-1)
  if (!own || !newest || newest === own || (own.group_id !== null && own.group_id === newest.group_id)) return undefined
  const isCompared = newest.group_id !== null
  yield* followRetry(context, [answerId], isCompared ? answer.parent_id : newest.id)
  return !isCompared && newest.status === 'completed' ? newest.id : undefined
}

/** Whoever looks at another branch goes on looking at it. */
function* moveLeaf(
  { db }: SqlContext,
  { conversationId, from, to, now }: { conversationId: string; from: string; to: string; now: number },
): Transaction<void> {
  yield* change(
    db
      .updateTable('conversation')
      .set({ active_leaf_id: sql`case when active_leaf_id = ${from} then ${to} else active_leaf_id end` })
      .set({ updated_at: now })
      .where('id', '=', conversationId),
  )
}

function scopeOf({ conversationId, origin, onDisconnect }: QueuedTurn, userId: string, now: number) {
  return { userId, conversationId, now, origin, onDisconnect }
}

function atQuestion(request: QueuedRequest, leafId: string): GenerationRequest {
  return { ...request, branch: { leafId } }
}
