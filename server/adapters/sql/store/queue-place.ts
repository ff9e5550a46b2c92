import { sql } from 'kysely'
import type { NewQuestion, NewTurn } from '#server/ports/store.ts'
import type { SqlContext } from '../sql-context.ts'
import { all, first, type Transaction } from '../transaction.ts'

/** Where a new question goes: at the root, after an ended message, or behind the turns that wait for an anchor. */
export type Place =
  | { kind: 'root' }
  | { kind: 'after'; parentId: string }
  | { kind: 'wait'; anchorId: string }
  | { kind: 'unknown-parent' }

type Where = Pick<NewTurn, 'userId' | 'conversationId'>

/** Finds what a question's `parentId` means now, whatever happened since its sender looked. */
export function* placeOf(
  context: SqlContext,
  where: Where,
  { parentId }: Pick<NewQuestion, 'parentId'>,
): Transaction<Place> {
  const { db } = context
  if (parentId !== undefined) return yield* placeAfter(context, where, parentId)
  const conversation = db.selectFrom('conversation').select('active_leaf_id').where('id', '=', where.conversationId)
  const row = yield* first(conversation)
  return yield* placeAfter(context, where, row?.active_leaf_id ?? null)
}

function* placeAfter(context: SqlContext, where: Where, id: string | null): Transaction<Place> {
  if (id === null) return { kind: 'root' }
  const { db } = context
  const message = yield* first(
    db
      .selectFrom('message')
      .leftJoin('generation', 'generation.message_id', 'message.id')
      .select(['message.role', 'generation.id as generation_id', 'generation.ended_at'])
      .where('message.id', '=', id)
      .where('message.conversation_id', '=', where.conversationId)
      .where('message.user_id', '=', where.userId),
  )
  if (!message) return yield* placeAfterTurn(context, where, id)
  if (message.role === 'user') return yield* placeAfterQuestion(context, where, id)
  const running = message.generation_id !== null && message.ended_at === null
  if (running || (yield* hasWaiting(context, id))) return { kind: 'wait', anchorId: id }
  return { kind: 'after', parentId: id }
}

/** After a question means after its newest answer; after those of a comparison, once one of them was chosen. */
function* placeAfterQuestion(context: SqlContext, where: Where, questionId: string): Transaction<Place> {
  const answers = yield* answersOf(context, questionId)
  const newest = answers.at(-1)
  if (!newest) return { kind: 'after', parentId: questionId }
  if (answers.filter(({ group_id }) => group_id !== null && group_id === newest.group_id).length > 1)
    return { kind: 'wait', anchorId: questionId }
  return yield* placeAfter(context, where, newest.id)
}

/** Who names a turn of the queue goes after what became of it. */
function* placeAfterTurn(context: SqlContext, where: Where, id: string): Transaction<Place> {
  const { db } = context
  const turn = yield* first(
    db
      .selectFrom('queued_turn')
      .select(['state', 'anchor_id', 'message_id'])
      .where('id', '=', id)
      .where('conversation_id', '=', where.conversationId)
      .where('user_id', '=', where.userId),
  )
  if (!turn) return { kind: 'unknown-parent' }
  if (turn.state === 'queued') return { kind: 'wait', anchorId: turn.anchor_id }
  return yield* placeAfter(context, where, turn.message_id ?? turn.anchor_id)
}

function* hasWaiting({ db }: SqlContext, anchorId: string): Transaction<boolean> {
  const waiting = db.selectFrom('queued_turn').select('id').where('anchor_id', '=', anchorId)
  return (yield* first(waiting.where('state', '=', 'queued').limit(1))) !== undefined
}

/** The answers to a question, oldest first. */
export function* answersOf({ db }: SqlContext, questionId: string) {
  return yield* all(
    db
      .selectFrom('message')
      .innerJoin('generation', 'generation.message_id', 'message.id')
      .select(['message.id', 'generation.group_id', 'generation.status', 'generation.ended_at'])
      .where('message.parent_id', '=', questionId)
      .where(sql<boolean>`message.role = 'assistant'`)
      .orderBy('message.id'),
  )
}
