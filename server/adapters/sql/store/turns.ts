import type { NewTurn, RepeatedTurn, StartTurnResult, Store } from '#server/ports/store.ts'
import type { SqlContext } from '../sql-context.ts'
import { change, first, type Transaction } from '../transaction.ts'
import type { TransactionsOf } from '../transactions-of.ts'

export function createTurnStore({ db }: SqlContext): TransactionsOf<Pick<Store, 'startTurn' | 'answerBefore'>> {
  return {
    answerBefore,

    *startTurn(turn) {
      const { userId, idempotency } = turn
      const before = idempotency && (yield* answerBefore(userId, idempotency.key, idempotency.bodyHash))
      const refusal = before ?? (yield* refuse(turn))
      if (refusal) return refusal
      if (turn.question.kind === 'new') yield* insertQuestion(turn, turn.question)
      for (const answer of turn.answers) yield* insertAnswer(turn, answer)
      yield* touchConversation(turn)
      if (turn.idempotency) yield* remember(turn, turn.idempotency)
      return { ok: true, repeated: false }
    },
  }

  function* answerBefore(userId: string, key: string, bodyHash: string): Transaction<RepeatedTurn | undefined> {
    const query = db.selectFrom('idempotency').select(['body_hash', 'response']).where('user_id', '=', userId)
    const before = yield* first(query.where('key', '=', key))
    if (!before) return undefined
    if (before.body_hash !== bodyHash) return { ok: false, reason: 'key-reused' }
    return { ok: true, repeated: true, response: before.response }
  }

  function* refuse({ userId, conversationId, question }: NewTurn): Transaction<StartTurnResult | undefined> {
    const conversation = db.selectFrom('conversation').select('id').where('id', '=', conversationId)
    const visible = conversation.where('user_id', '=', userId).where('deleted_at', 'is', null)
    if (!(yield* first(visible))) return { ok: false, reason: 'unknown-conversation' }

    const anchorId = question.kind === 'new' ? question.parentId : question.id
    if (anchorId === null) return undefined
    const anchor = yield* first(
      db
        .selectFrom('message')
        .leftJoin('generation', 'generation.message_id', 'message.id')
        .select(['message.role', 'generation.id as generation_id', 'generation.ended_at'])
        .where('message.id', '=', anchorId)
        .where('message.conversation_id', '=', conversationId)
        .where('message.user_id', '=', userId),
    )
    if (!anchor) return { ok: false, reason: 'unknown-parent' }
    if (question.kind === 'existing')
      return anchor.role === 'user' ? undefined : { ok: false, reason: 'not-a-question' }
    const unanswered = anchor.generation_id !== null && anchor.ended_at === null
    return unanswered ? { ok: false, reason: 'parent-not-answered' } : undefined
  }

  function* insertQuestion(turn: NewTurn, question: Extract<NewTurn['question'], { kind: 'new' }>) {
    yield* change(
      db.insertInto('message').values({
        id: question.id,
        user_id: turn.userId,
        conversation_id: turn.conversationId,
        parent_id: question.parentId,
        role: 'user',
        parts_json: JSON.stringify(question.parts),
        created_at: turn.now,
        answer_json: null,
      }),
    )
  }

  function* insertAnswer(turn: NewTurn, { messageId, generationId, request }: NewTurn['answers'][number]) {
    const { userId: user_id, conversationId: conversation_id, now: created_at } = turn
    const shared = { user_id, conversation_id, created_at }
    yield* change(
      db.insertInto('message').values({
        ...shared,
        id: messageId,
        parent_id: turn.question.id,
        role: 'assistant',
        parts_json: '[]',
        answer_json: null,
      }),
    )
    yield* change(
      db.insertInto('generation').values({
        ...shared,
        id: generationId,
        message_id: messageId,
        group_id: turn.groupId,
        purpose: 'answer',
        origin: turn.origin,
        status: 'queued',
        provider: request.provider,
        model: request.model,
        requested_model: request.requestedModel,
        request_json: JSON.stringify(request),
        epoch: 0,
        due_at: turn.now,
        lost_attempts: 0,
        previous: 'none',
        on_disconnect: turn.onDisconnect ?? 'continue',
      }),
    )
  }

  function* touchConversation({ userId, conversationId, question, answers, now }: NewTurn) {
    const leaf = answers[0]?.messageId ?? question.id
    const update = db.updateTable('conversation').set({ active_leaf_id: leaf, updated_at: now })
    yield* change(update.where('id', '=', conversationId).where('user_id', '=', userId))
  }

  function* remember({ userId, now }: NewTurn, { key, bodyHash, response }: NonNullable<NewTurn['idempotency']>) {
    const row = { user_id: userId, key, body_hash: bodyHash, response, created_at: now }
    yield* change(db.insertInto('idempotency').values(row))
  }
}
