import { sql } from 'kysely'
import type { QueuedTurn } from '#server/domain/queued-turn.ts'
import type { EditedTurn, Store } from '#server/ports/store.ts'
import type { SqlContext } from '../sql-context.ts'
import { all, change, first, type Transaction } from '../transaction.ts'
import type { TransactionsOf } from '../transactions-of.ts'
import { advanceQueue } from './advance-queue.ts'
import { findTurn, selectTurns, toTurn } from './queued-turns.ts'
import { raiseRevision } from './revisions.ts'

type QueueCalls =
  | 'listQueue'
  | 'listTurnsToStop'
  | 'getQueuedTurn'
  | 'editQueuedTurn'
  | 'withdrawQueuedTurn'
  | 'withdrawQueue'
  | 'orderQueue'
  | 'continueQueue'

export function createQueueStore(context: SqlContext): TransactionsOf<Pick<Store, QueueCalls>> {
  const { db } = context

  return {
    *listQueue(userId, conversationId) {
      return (yield* isVisible(userId, conversationId)) ? yield* waitingIn(userId, conversationId) : undefined
    },

    *listTurnsToStop() {
      const waiting = db.selectFrom('queued_turn').select(['user_id', 'conversation_id', 'id'])
      const rows = yield* all(waiting.where('state', '=', 'queued').where('on_disconnect', '=', 'stop'))
      return rows.map((row) => ({ userId: row.user_id, conversationId: row.conversation_id, id: row.id }))
    },

    getQueuedTurn: (userId, id) => findTurn(context, userId, id),

    editQueuedTurn: (userId, id, { revision, parts, requests }) =>
      editTurn(userId, id, revision, {
        ...(parts && { parts_json: JSON.stringify(parts) }),
        ...(requests && { requests_json: JSON.stringify(requests) }),
      }),

    withdrawQueuedTurn: (userId, id) => editTurn(userId, id, undefined, { state: 'withdrawn' }),

    *withdrawQueue(userId, conversationId) {
      if (!(yield* isVisible(userId, conversationId))) return undefined
      const waiting = db.updateTable('queued_turn').set({ state: 'withdrawn' }).where('state', '=', 'queued')
      const withdrawn = yield* change(waiting.where('conversation_id', '=', conversationId))
      if (withdrawn > 0) yield* raiseRevision(context, userId, conversationId)
      return withdrawn
    },

    *orderQueue(userId, conversationId, ids) {
      if (!(yield* isVisible(userId, conversationId))) return undefined
      const waiting = yield* waitingIn(userId, conversationId)
      const wanted = new Map(ids.map((id, index) => [id, index]))
      const placeOf = ({ id }: QueuedTurn): number => wanted.get(id) ?? ids.length
      // Stable: what was not named keeps its order.
      const ordered = waiting.toSorted((a, b) => placeOf(a) - placeOf(b))
      for (const [index, { id }] of ordered.entries())
        yield* change(
          db
            .updateTable('queued_turn')
            .set({ place: index + 1 })
            .where('id', '=', id),
        )
      yield* raiseRevision(context, userId, conversationId)
      return ordered
    },

    *continueQueue(userId, conversationId, now) {
      if (!(yield* isVisible(userId, conversationId))) return undefined
      const held = (yield* waitingIn(userId, conversationId)).filter((turn) => turn.held !== null)
      const anchors = new Set(held.filter((turn) => turn.held !== 'comparison').map(({ anchorId }) => anchorId))
      for (const anchorId of anchors) yield* advanceQueue(context, { userId, anchorId, now })
      return { sent: anchors.size, needsChoice: anchors.size === 0 && held.length > 0 }
    },
  }

  function* isVisible(userId: string, id: string): Transaction<boolean> {
    const conversation = db.selectFrom('conversation').select('id').where('id', '=', id)
    const visible = conversation.where('user_id', '=', userId).where('deleted_at', 'is', null)
    return (yield* first(visible)) !== undefined
  }

  function* waitingIn(userId: string, conversationId: string): Transaction<QueuedTurn[]> {
    const turns = selectTurns(context, userId).where('queued_turn.conversation_id', '=', conversationId)
    const rows = yield* all(turns.where('queued_turn.state', '=', 'queued').orderBy('place').orderBy('queued_turn.id'))
    return rows.map(toTurn)
  }

  function* editTurn(
    userId: string,
    id: string,
    seen: number | undefined,
    edit: { parts_json?: string; requests_json?: string; state?: 'withdrawn' },
  ): Transaction<EditedTurn> {
    const turn = yield* findTurn(context, userId, id)
    if (!turn || !(yield* isVisible(userId, turn.conversationId))) return { ok: false, reason: 'unknown-queued-turn' }
    if (turn.state === 'sent') return { ok: false, reason: 'turn-sent' }
    // Withdrawing twice is the same.
    if (turn.state === 'withdrawn') return edit.state ? { ok: true, turn } : { ok: false, reason: 'turn-withdrawn' }
    if (seen !== undefined && seen !== turn.revision) return { ok: false, reason: 'turn-changed' }
    const update = db.updateTable('queued_turn').set({ ...edit, revision: sql<number>`revision + 1` })
    yield* change(update.where('id', '=', id))
    yield* raiseRevision(context, userId, turn.conversationId)
    return { ok: true, turn: (yield* findTurn(context, userId, id)) ?? turn }
  }
}
