import { sql, type Selectable } from 'kysely'
import type { GenerationRequest } from '#server/domain/generation.ts'
import { MillraceError } from '#server/domain/errors.ts'
import { isTerminal } from '#server/domain/states.ts'
import type { GenerationRow, Store } from '#server/ports/store.ts'
import type { Schema } from '../schema.ts'
import type { SqlContext } from '../sql-context.ts'
import { all, change, first } from '../transaction.ts'
import type { TransactionsOf } from '../transactions-of.ts'

type GenerationCalls =
  | 'getGeneration'
  | 'findGeneration'
  | 'listStopOnDisconnect'
  | 'listRunning'
  | 'requestCancel'
  | 'settle'
  | 'listUnsettled'

export function createGenerationStore({ db, differences }: SqlContext): TransactionsOf<Pick<Store, GenerationCalls>> {
  return {
    *getGeneration(userId, id) {
      const query = db.selectFrom('generation').selectAll().where('id', '=', id).where('user_id', '=', userId)
      const row = yield* first(query)
      return row && toGeneration(row)
    },

    *findGeneration(id) {
      const row = yield* first(db.selectFrom('generation').selectAll().where('id', '=', id))
      return row && toGeneration(row)
    },

    *listStopOnDisconnect() {
      const query = db.selectFrom('generation').select('id').where('ended_at', 'is', null)
      const rows = yield* all(query.where('on_disconnect', '=', 'stop'))
      return rows.map(({ id }) => id)
    },

    *listRunning(userId, conversationIds) {
      let query = db.selectFrom('generation').select('id').where('ended_at', 'is', null).where('user_id', '=', userId)
      if (conversationIds) query = query.where(differences.isOneOf(sql.ref('conversation_id'), conversationIds))
      const rows = yield* all(query.orderBy('created_at').orderBy('id'))
      return rows.map(({ id }) => id)
    },

    *requestCancel(userId, id, { at, by }) {
      const wish = db.updateTable('generation').set({ cancel_requested_at: at, cancelled_by: by })
      const unasked = wish.where('ended_at', 'is', null).where('cancel_requested_at', 'is', null)
      yield* change(unasked.where('id', '=', id).where('user_id', '=', userId))
      const query = db
        .selectFrom('generation')
        .select(['status', 'cancel_requested_at', 'ended_at'])
        .where('id', '=', id)
      const row = yield* first(query.where('user_id', '=', userId))
      return row && { acceptedAt: row.cancel_requested_at ?? row.ended_at ?? at, status: row.status }
    },

    *settle(generationId, answer, now) {
      if (!isTerminal(answer.status))
        throw new MillraceError('invariant', `An answer that is ${answer.status} cannot be settled.`)
      const settled = yield* first(
        db
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
          .returning(['message_id', 'conversation_id']),
      )
      if (!settled) return false
      const { message_id: messageId, conversation_id: conversationId } = settled
      const { parts, ...facts } = answer
      const fold = { parts_json: JSON.stringify(parts), answer_json: JSON.stringify(facts) }
      if (messageId !== null) yield* change(db.updateTable('message').set(fold).where('id', '=', messageId))
      if (conversationId !== null)
        yield* change(
          db
            .updateTable('conversation')
            .set({ updated_at: sql`case when updated_at < ${now} then ${now} else updated_at end` })
            .where('id', '=', conversationId),
        )
      return true
    },

    *listUnsettled(limit) {
      const query = db.selectFrom('generation').selectAll().where('ended_at', 'is', null)
      const rows = yield* all(query.orderBy('created_at').orderBy('id').limit(limit))
      return rows.map(toGeneration)
    },
  }
}

function toGeneration(row: Selectable<Schema['generation']>): GenerationRow {
  return {
    id: row.id,
    status: row.status,
    requestedModel: row.requested_model,
    provider: row.provider,
    model: row.model,
    userId: row.user_id,
    conversationId: row.conversation_id,
    messageId: row.message_id,
    purpose: row.purpose,
    origin: row.origin,
    epoch: row.epoch,
    lostAttempts: row.lost_attempts,
    request: JSON.parse(row.request_json) as GenerationRequest,
    onDisconnect: row.on_disconnect,
    cancelRequestedAt: row.cancel_requested_at,
    cancelledBy: row.cancelled_by,
    createdAt: row.created_at,
    endedAt: row.ended_at,
  }
}
