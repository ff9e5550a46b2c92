import { sql } from 'kysely'
import { MAX_QUEUED_TURNS, toQueuedTurnView } from '#server/domain/queued-turn.ts'
import type { NewQuestion, NewTurn, StartTurnResult } from '#server/ports/store.ts'
import type { SqlContext } from '../sql-context.ts'
import { change, first, type Transaction } from '../transaction.ts'
import { findTurn } from './queued-turns.ts'
import { raiseRevision } from './revisions.ts'

/** Puts a turn behind those that wait already. The response, or why there is none. */
export function* enqueueTurn(
  context: SqlContext,
  turn: NewTurn,
  { parts }: NewQuestion,
  anchorId: string,
): Transaction<string | Extract<StartTurnResult, { ok: false }>> {
  const { userId, conversationId, queuedTurnId: id, answers, origin, now } = turn
  if (id === undefined) return { ok: false, reason: 'parent-not-answered', parentId: anchorId }
  const { db } = context
  const waiting = yield* first(
    db
      .selectFrom('queued_turn')
      .select((eb) => [eb.fn.countAll<number>().as('count'), sql<number>`coalesce(max(place), 0)`.as('last')])
      .where('conversation_id', '=', conversationId)
      .where('state', '=', 'queued'),
  )
  if ((waiting?.count ?? 0) >= MAX_QUEUED_TURNS) return { ok: false, reason: 'queue-full' }
  yield* change(
    db.insertInto('queued_turn').values({
      id,
      user_id: userId,
      conversation_id: conversationId,
      anchor_id: anchorId,
      place: (waiting?.last ?? 0) + 1,
      state: 'queued',
      message_id: null,
      parts_json: JSON.stringify(parts),
      requests_json: JSON.stringify(answers.map(({ request: { branch: _branch, ...request } }) => request)),
      origin,
      on_disconnect: turn.onDisconnect ?? 'continue',
      revision: 1,
      created_at: now,
    }),
  )
  yield* change(db.updateTable('conversation').set({ updated_at: now }).where('id', '=', conversationId))
  yield* raiseRevision(context, userId, conversationId)
  const queued = yield* findTurn(context, userId, id)
  return JSON.stringify({ queued: queued && toQueuedTurnView(queued) })
}
