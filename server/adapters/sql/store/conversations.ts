import { sql, type ExpressionBuilder, type Selectable } from 'kysely'
import type { Conversation, Store } from '#server/ports/store.ts'
import type { Schema } from '../schema.ts'
import type { SqlContext } from '../sql-context.ts'
import { all, change, first, type Transaction } from '../transaction.ts'
import type { TransactionsOf } from '../transactions-of.ts'
import { advanceComplete, chooseAnswer } from './choose-answer.ts'
import { raiseRevision } from './revisions.ts'

type ConversationCalls =
  | 'createConversation'
  | 'listConversations'
  | 'getConversation'
  | 'listChanges'
  | 'readRevisions'
  | 'markRead'
  | 'updateConversation'
  | 'deleteConversation'
  | 'restoreConversation'
  | 'purgeDeleted'
  | 'forgetLogs'

export function createConversationStore(context: SqlContext): TransactionsOf<Pick<Store, ConversationCalls>> {
  const { db, differences } = context
  /** Hidden ones included. */
  const everything = (userId: string) =>
    db
      .selectFrom('conversation')
      .selectAll('conversation')
      .select([countRunning, countQueued])
      .where('user_id', '=', userId)
  const visible = (userId: string) => everything(userId).where('deleted_at', 'is', null)

  function* getConversation(userId: string, id: string): Transaction<Conversation | undefined> {
    const row = yield* first(visible(userId).where('id', '=', id))
    return row && toConversation(row)
  }

  return {
    getConversation,

    *createConversation({ id, userId, title, now }) {
      const times = { created_at: now, updated_at: now, deleted_at: null }
      const marks = { answered_revision: 0, read_revision: 0, revision: 0 }
      const source = title === null ? ('none' as const) : ('person' as const)
      const row = { id, user_id: userId, title, title_source: source, active_leaf_id: null, ...times, ...marks }
      yield* change(db.insertInto('conversation').values(row))
      const revision = yield* raiseRevision(context, userId, id)
      return toConversation({ ...row, revision, running: 0, queued: 0 })
    },

    *listConversations(userId, { limit, before }) {
      let query = visible(userId).orderBy('updated_at', 'desc').orderBy('id', 'desc').limit(limit)
      if (before) query = query.where(sql<boolean>`(updated_at, id) < (${before.updatedAt}, ${before.id})`)
      const rows = yield* all(query)
      return rows.map(toConversation)
    },

    *listChanges(userId, { since, limit }) {
      const changed = everything(userId).where('revision', '>', since).orderBy('revision').limit(limit)
      const rows = yield* all(changed)
      const user = yield* first(db.selectFrom('user').select('revision').where('id', '=', userId))
      const last = rows.length === limit ? rows.at(-1) : undefined
      return { upTo: last?.revision ?? user?.revision ?? 0, conversations: rows.map(toConversation) }
    },

    *readRevisions(userIds) {
      const query = db.selectFrom('user').select(['id', 'revision'])
      const rows = yield* all(query.where(differences.isOneOf(sql.ref('id'), userIds)))
      return new Map(rows.map(({ id, revision }) => [id, revision]))
    },

    *markRead(userId, id, upTo) {
      // Nobody has seen what is still to come: a mark beyond it would hide that for ever.
      const seen = sql<number>`case when revision < ${upTo} then revision else ${upTo} end`
      const update = db.updateTable('conversation').set({ read_revision: seen }).where('user_id', '=', userId)
      const unread = update.where('id', '=', id).where('deleted_at', 'is', null).where('read_revision', '<', upTo)
      // One that has nothing unread is left alone, and nobody is told of a mark that leaves something unread.
      const marked = yield* first(
        unread.whereRef('answered_revision', '>', 'read_revision').returning('answered_revision'),
      )
      if (marked && marked.answered_revision <= upTo) yield* raiseRevision(context, userId, id)
      return yield* getConversation(userId, id)
    },

    *updateConversation(userId, id, { title, activeLeafId, now }) {
      if (activeLeafId !== undefined) {
        const leaf = db.selectFrom('message').select('id').where('id', '=', activeLeafId)
        if (!(yield* first(leaf.where('conversation_id', '=', id)))) return undefined
      }
      const set = {
        updated_at: now,
        ...(title !== undefined && { title, title_source: 'person' as const }),
        ...(activeLeafId !== undefined && { active_leaf_id: activeLeafId }),
      }
      const update = db.updateTable('conversation').set(set).where('id', '=', id)
      const found = yield* change(update.where('user_id', '=', userId).where('deleted_at', 'is', null))
      if (found > 0) {
        yield* raiseRevision(context, userId, id)
        if (activeLeafId !== undefined) yield* chooseAnswer(context, { userId, conversationId: id, activeLeafId, now })
      }
      return yield* getConversation(userId, id)
    },

    *deleteConversation(userId, id, now) {
      const update = db.updateTable('conversation').where('user_id', '=', userId).where('id', '=', id)
      // The first deletion's time counts: it says until when it can be undone.
      const found = yield* change(update.set({ deleted_at: sql<number>`coalesce(deleted_at, ${now})` }))
      if (found > 0) yield* raiseRevision(context, userId, id)
      return found > 0
    },

    *restoreConversation(userId, id, now) {
      const update = db.updateTable('conversation').set({ deleted_at: null, updated_at: now })
      const hidden = update.where('user_id', '=', userId).where('id', '=', id).where('deleted_at', 'is not', null)
      if ((yield* change(hidden)) > 0) {
        yield* raiseRevision(context, userId, id)
        yield* advanceComplete(context, { userId, conversationId: id, now })
      }
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
      yield* change(db.deleteFrom('queued_turn').where(theirs))
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
    .where('generation.purpose', '=', 'answer')
    .$asScalar()
    .as('running')
}

function countQueued(eb: ExpressionBuilder<Schema, 'conversation'>) {
  return eb
    .selectFrom('queued_turn')
    .select((turn) => turn.fn.countAll<number>().as('count'))
    .whereRef('queued_turn.conversation_id', '=', 'conversation.id')
    .where('queued_turn.state', '=', 'queued')
    .$asScalar()
    .as('queued')
}

type Row = Selectable<Schema['conversation']> & { running: number | null; queued: number | null }

function toConversation(row: Row): Conversation {
  return {
    id: row.id,
    userId: row.user_id,
    title: row.title,
    activeLeafId: row.active_leaf_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    deletedAt: row.deleted_at,
    running: row.running ?? 0,
    queued: row.queued ?? 0,
    unread: row.answered_revision > row.read_revision,
    revision: row.revision,
  }
}
