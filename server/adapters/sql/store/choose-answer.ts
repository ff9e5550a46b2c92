import type { SqlContext } from '../sql-context.ts'
import { all, first, type Transaction } from '../transaction.ts'
import { advanceQueue, followRetry } from './advance-queue.ts'

interface Scope {
  userId: string
  conversationId: string
  now: number
}

/**
 * Where turns wait for the choice among the answers of a comparison: whoever makes a leaf active that lies below one of
 * them, or is one, has chosen it.
 */
export function* chooseAnswer(context: SqlContext, scope: Scope & { activeLeafId: string }): Transaction<void> {
  const undecided = yield* anchors(context, scope.conversationId)
  if (!undecided.some(({ role }) => role === 'user')) return
  const questions = new Set(undecided.map(({ id }) => id))
  const { db } = context
  let id: string | null = scope.activeLeafId
  while (id !== null) {
    const message: { parent_id: string | null } | undefined = yield* first(
      db.selectFrom('message').select('parent_id').where('id', '=', id),
    )
    const parentId: string | null = message?.parent_id ?? null
    // One comparison may stand below another: the same leaf decides both.
    if (parentId !== null && questions.has(parentId)) yield* followRetry(context, [parentId], id)
    id = parentId
  }
  yield* advanceComplete(context, scope)
}

/** Sends what waits for answers that are complete already: nobody ends them any more. */
export function* advanceComplete(context: SqlContext, { userId, conversationId, now }: Scope): Transaction<void> {
  for (const { id, status } of yield* anchors(context, conversationId))
    if (status === 'completed') yield* advanceQueue(context, { userId, anchorId: id, now })
}

/** What the turns of a conversation wait for. */
function* anchors({ db }: SqlContext, conversationId: string) {
  return yield* all(
    db
      .selectFrom('queued_turn')
      .innerJoin('message', 'message.id', 'queued_turn.anchor_id')
      .leftJoin('generation', 'generation.message_id', 'message.id')
      .select(['message.id', 'message.role', 'generation.status'])
      .where('queued_turn.conversation_id', '=', conversationId)
      .where('queued_turn.state', '=', 'queued')
      .distinct(),
  )
}
