import { sql } from 'kysely'
import type { Answer, GenerationStatus, MessagePart } from '#protocol/messages.ts'
import type { BranchMessage } from '#server/domain/generation.ts'
import type { MessageRow, Store } from '#server/ports/store.ts'
import type { MessageTable } from '../schema.ts'
import type { SqlContext } from '../sql-context.ts'
import { all, first } from '../transaction.ts'
import type { TransactionsOf } from '../transactions-of.ts'
import { toCursor } from './generations.ts'

export function createMessageStore({
  db,
}: SqlContext): TransactionsOf<Pick<Store, 'listMessages' | 'getMessage' | 'branch'>> {
  const visible = (userId: string) =>
    db
      .selectFrom('message')
      .innerJoin('conversation', 'conversation.id', 'message.conversation_id')
      .leftJoin('generation', 'generation.message_id', 'message.id')
      .select([
        'message.id',
        'message.conversation_id',
        'message.parent_id',
        'message.role',
        'message.parts_json',
        'message.created_at',
        'message.answer_json',
        'generation.id as generation_id',
        'generation.status',
        'generation.requested_model',
        'generation.provider',
        'generation.model',
        'generation.paused_epoch',
        'generation.paused_seq',
      ])
      .where('message.user_id', '=', userId)
      .where('conversation.deleted_at', 'is', null)

  return {
    *listMessages(userId, conversationId, { limit, afterId, since }) {
      const owned = db.selectFrom('conversation').select('id').where('id', '=', conversationId)
      if (!(yield* first(owned.where('user_id', '=', userId).where('deleted_at', 'is', null)))) return undefined
      let query = visible(userId).where('message.conversation_id', '=', conversationId)
      if (afterId !== undefined) query = query.where('message.id', '>', afterId)
      if (since !== undefined) query = query.where('message.revision', '>', since)
      const rows = yield* all(query.orderBy('message.id').limit(limit))
      return rows.map(toMessage)
    },

    *getMessage(userId, id) {
      const row = yield* first(visible(userId).where('message.id', '=', id))
      return row && toMessage(row)
    },

    *branch(userId, leafId) {
      const rows = yield* all(
        db
          .withRecursive('path', (cte) =>
            cte
              .selectFrom('message')
              .select(['parent_id', 'role', 'parts_json', sql<number>`0`.as('depth')])
              .where('id', '=', leafId)
              .where('user_id', '=', userId)
              .unionAll(
                cte
                  .selectFrom('path')
                  .innerJoin('message', 'message.id', 'path.parent_id')
                  .select([
                    'message.parent_id',
                    'message.role',
                    'message.parts_json',
                    sql<number>`depth + 1`.as('depth'),
                  ])
                  .where('message.user_id', '=', userId),
              ),
          )
          .selectFrom('path')
          .select(['role', 'parts_json'])
          .orderBy('depth', 'desc'),
      )
      return rows.map(toBranchMessage)
    },
  }
}

interface JoinedMessage extends Omit<MessageTable, 'user_id' | 'revision'> {
  generation_id: string | null
  status: GenerationStatus | null
  requested_model: string | null
  provider: string | null
  model: string | null
  paused_epoch: number | null
  paused_seq: number | null
}

function toMessage(row: JoinedMessage): MessageRow {
  const parts = JSON.parse(row.parts_json) as MessagePart[]
  return {
    id: row.id,
    conversationId: row.conversation_id,
    parentId: row.parent_id,
    role: row.role,
    parts,
    createdAt: row.created_at,
    generation: toSummary(row),
    answer: row.answer_json === null ? null : { ...(JSON.parse(row.answer_json) as Omit<Answer, 'parts'>), parts },
  }
}

function toSummary(row: JoinedMessage): MessageRow['generation'] {
  const { generation_id: id, status, requested_model: requestedModel, provider, model } = row
  if (id === null || status === null || requestedModel === null || provider === null || model === null) return null
  const pausedAt = toCursor(row.paused_epoch, row.paused_seq)
  return { id, status, requestedModel, provider, model, pausedAt }
}

function toBranchMessage(row: { role: MessageRow['role']; parts_json: string }): BranchMessage {
  return { role: row.role, parts: JSON.parse(row.parts_json) as MessagePart[] }
}
