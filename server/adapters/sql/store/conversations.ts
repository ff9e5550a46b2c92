import { sql, type ExpressionBuilder, type Selectable } from 'kysely'
import type { Conversation, Store } from '#server/ports/store.ts'
import type { Schema } from '../schema.ts'
import type { SqlContext } from '../sql-context.ts'
import { all, change, first, type Transaction } from '../transaction.ts'
import type { TransactionsOf } from '../transactions-of.ts'

type ConversationCalls =
  | 'createConversation'
  | 'listConversations'
  | 'getConversation'
  | 'updateConversation'
  | 'deleteConversation'
  | 'restoreConversation'
  | 'purgeDeleted'
  | 'forgetLogs'

export function createConversationStore({
  db,
  differences,
}: SqlContext): TransactionsOf<Pick<Store, ConversationCalls>> {
  /** Hidden ones included. */
  const everything = (userId: string) =>
    db.selectFrom('conversation').selectAll('conversation').select(countRunning).where('user_id', '=', userId)
  const visible = (userId: string) => everything(userId).where('deleted_at', 'is', null)

  function* getConversation(userId: string, id: string): Transaction<Conversation | undefined> {
    const row = yield* first(visible(userId).where('id', '=', id))
    return row && toConversation(row)
  }

  return {
    getConversation,

    *createConversation({ id, userId, title, now }) {
      const times = { created_at: now, updated_at: now, deleted_at: null }
      const row = { id, user_id: userId, title, active_leaf_id: null, ...times }
      yield* change(db.insertInto('conversation').values(row))
      return toConversation({ ...row, running: 0 })
    },

    *listConversations(userId, { limit, before }) {
      let query = visible(userId).orderBy('updated_at', 'desc').orderBy('id', 'desc').limit(limit)
      if (before) query = query.where(sql<boolean>`(updated_at, id) < (${before.updatedAt}, ${before.id})`)
      const rows = yield* all(query)
      return rows.map(toConversation)
    },

    *updateConversation(userId, id, { title, activeLeafId, now }) {
      if (activeLeafId !== undefined) {
        const leaf = db.selectFrom('message').select('id').where('id', '=', activeLeafId)
        if (!(yield* first(leaf.where('conversation_id', '=', id)))) return undefined
      }
      const set = {
        updated_at: now,
        ...(title !== undefined && { title }),
        ...(activeLeafId !== undefined && { active_leaf_id: activeLeafId }),
      }
      const update = db.updateTable('conversation').set(set).where('id', '=', id)
      yield* change(update.where('user_id', '=', userId).where('deleted_at', 'is', null))
      return yield* getConversation(userId, id)
    },

    *deleteConversation(userId, id, now) {
      const update = db.updateTable('conversation').where('user_id', '=', userId).where('id', '=', id)
      // The first deletion's time counts: it says until when it can be undone.
      const found = yield* change(update.set({ deleted_at: sql<number>`coalesce(deleted_at, ${now})` }))
      return found > 0
    },

    *restoreConversation(userId, id, now) {
      const update = db.updateTable('conversation').set({ deleted_at: null, updated_at: now })
      yield* change(update.where('user_id', '=', userId).where('id', '=', id).where('deleted_at', 'is not', null))
      return yield* getConversation(userId, id)
    },

    *purgeDeleted({ deletedBefore, keysBefore }) {
      const old = yield* all(
        db
          .selectFrom('conversation')
          .select(['id', countRunning])
          .where('deleted_at', 'is not', null)
          .where('deleted_at', '<', deletedBefore),
      )
      // An answer that is still being written keeps its rows until it has ended.
      const ids = old.filter((row) => row.running === 0).map((row) => row.id)
      const theirs = differences.isOneOf(sql.ref('conversation_id'), ids)
      const generations = yield* all(db.deleteFrom('generation').where(theirs).returning('id'))
      yield* change(db.deleteFrom('message').where(theirs))
      yield* change(db.deleteFrom('conversation').where(differences.isOneOf(sql.ref('id'), ids)))
      yield* change(db.deleteFrom('idempotency').where('created_at', '<', keysBefore))
      const gone = generations.map(({ id }) => ({ generation_id: id }))
      if (gone.length > 0) yield* change(db.insertInto('orphaned_log').values(gone))
      const orphaned = yield* all(db.selectFrom('orphaned_log').select('generation_id'))
      return orphaned.map((row) => row.generation_id)
    },

    *forgetLogs(generationIds) {
      yield* change(db.deleteFrom('orphaned_log').where(differences.isOneOf(sql.ref('generation_id'), generationIds)))
    },
  }
}

function countRunning(eb: ExpressionBuilder<Schema, 'conversation'>) {
  return eb
    .selectFrom('generation')
    .select((generation) => generation.fn.countAll<number>().as('count'))
    .whereRef('generation.conversation_id', '=', 'conversation.id')
    .where('generation.ended_at', 'is', null)
    .$asScalar()
    .as('running')
}

function toConversation(row: Selectable<Schema['conversation']> & { running: number | null }): Conversation {
  return {
    id: row.id,
    userId: row.user_id,
    title: row.title,
    activeLeafId: row.active_leaf_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    deletedAt: row.deleted_at,
    running: row.running ?? 0,
  }
}
