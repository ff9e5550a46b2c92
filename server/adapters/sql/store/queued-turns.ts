import type { Selectable } from 'kysely'
import type { GenerationStatus } from '#protocol/messages.ts'
import type { QueuedRequest, QueuedTurn } from '#server/domain/queued-turn.ts'
import type { Schema } from '../schema.ts'
import type { SqlContext } from '../sql-context.ts'
import { first, type Transaction } from '../transaction.ts'

type Row = Selectable<Schema['queued_turn']> & {
  anchor_status: GenerationStatus | null
  anchor_ended: number | null
}

/** Turns of the queue with what became of the answers that they wait for. */
export function selectTurns({ db }: SqlContext, userId: string) {
  return db
    .selectFrom('queued_turn')
    .leftJoin('generation', 'generation.message_id', 'queued_turn.anchor_id')
    .selectAll('queued_turn')
    .select(['generation.status as anchor_status', 'generation.ended_at as anchor_ended'])
    .where('queued_turn.user_id', '=', userId)
}

export function* findTurn(context: SqlContext, userId: string, id: string): Transaction<QueuedTurn | undefined> {
  const row = yield* first(selectTurns(context, userId).where('queued_turn.id', '=', id))
  return row && toTurn(row)
}

export function toTurn(row: Row): QueuedTurn {
  return {
    id: row.id,
    conversationId: row.conversation_id,
    parts: JSON.parse(row.parts_json) as QueuedTurn['parts'],
    requests: JSON.parse(row.requests_json) as QueuedRequest[],
    origin: row.origin,
    onDisconnect: row.on_disconnect,
    revision: row.revision,
    createdAt: row.created_at,
    state: row.state,
    messageId: row.message_id,
    anchorId: row.anchor_id,
    held: row.state === 'queued' ? whyHeld(row) : null,
  }
}

/** An answer that has ended and is still waited for was not complete: else the turn would have been sent. */
function whyHeld({ anchor_status: status, anchor_ended: ended }: Row): QueuedTurn['held'] {
  if (status === null) return 'comparison'
  if (ended === null) return null
  return status === 'failed' ? 'failed' : 'stopped'
}
