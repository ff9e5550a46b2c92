import { sql, type Selectable } from 'kysely'
import type { Cursor } from '#protocol/cursor.ts'
import type { GenerationRequest } from '#server/domain/generation.ts'
import type { GenerationRow, Store } from '#server/ports/store.ts'
import type { Schema } from '../schema.ts'
import type { SqlContext } from '../sql-context.ts'
import { all, change, first } from '../transaction.ts'
import type { TransactionsOf } from '../transactions-of.ts'
import { raiseRevision } from './revisions.ts'
import { settleGeneration } from './settle.ts'

type GenerationCalls =
  | 'getGeneration'
  | 'findGeneration'
  | 'listStopOnDisconnect'
  | 'listRunning'
  | 'listLive'
  | 'setPause'
  | 'requestCancel'
  | 'settle'
  | 'listUnsettled'

export function createGenerationStore(context: SqlContext): TransactionsOf<Pick<Store, GenerationCalls>> {
  const { db, differences } = context
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

    settle: (generationId, answer, now) => settleGeneration(context, generationId, answer, now),

    *listLive(userId) {
      const alive = db.selectFrom('generation').where('ended_at', 'is', null).where('user_id', '=', userId)
      const rows = yield* all(
        alive
          .select(['id', 'conversation_id', 'message_id', 'status'])
          .where('purpose', '=', 'answer')
          .orderBy('created_at')
          .orderBy('id'),
      )
      return rows.map((row) => ({
        id: row.id,
        conversationId: row.conversation_id,
        messageId: row.message_id,
        status: row.status,
      }))
    },

    *setPause(userId, id, at) {
      const paused = { paused_epoch: at?.epoch ?? null, paused_seq: at?.seq ?? null }
      const update = db.updateTable('generation').set(paused).where('id', '=', id).where('user_id', '=', userId)
      const row = yield* first(update.returningAll())
      if (!row) return undefined
      if (row.conversation_id !== null && row.message_id !== null) {
        const revision = yield* raiseRevision(context, userId, row.conversation_id)
        yield* change(db.updateTable('message').set({ revision }).where('id', '=', row.message_id))
      }
      return toGeneration(row)
    },

    *listUnsettled(limit) {
      const query = db.selectFrom('generation').selectAll().where('ended_at', 'is', null)
      const rows = yield* all(query.orderBy('created_at').orderBy('id').limit(limit))
      return rows.map(toGeneration)
    },
  }
}

export function toCursor(epoch: number | null, seq: number | null): Cursor | null {
  return epoch === null || seq === null ? null : { epoch, seq }
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
    pausedAt: toCursor(row.paused_epoch, row.paused_seq),
    cancelRequestedAt: row.cancel_requested_at,
    cancelledBy: row.cancelled_by,
    createdAt: row.created_at,
    endedAt: row.ended_at,
  }
}
