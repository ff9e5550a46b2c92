import type { GenerationRequest } from '#server/domain/generation.ts'
import type { NewTurn } from '#server/ports/store.ts'
import type { MessagePart } from '#protocol/messages.ts'
import type { SqlContext } from '../sql-context.ts'
import { change, type Transaction } from '../transaction.ts'

/** What the rows of one turn share. */
export interface TurnScope extends Pick<
  NewTurn,
  'userId' | 'conversationId' | 'now' | 'origin' | 'groupId' | 'onDisconnect'
> {
  revision: number
}

export function* insertQuestion(
  { db }: SqlContext,
  { userId, conversationId, now, revision }: TurnScope,
  { id, parentId, parts }: { id: string; parentId: string | null; parts: MessagePart[] },
): Transaction<void> {
  yield* change(
    db.insertInto('message').values({
      id,
      user_id: userId,
      conversation_id: conversationId,
      parent_id: parentId,
      role: 'user',
      parts_json: JSON.stringify(parts),
      created_at: now,
      answer_json: null,
      revision,
    }),
  )
}

/** The placeholder of an answer and the queued generation that is to write it. */
export function* insertAnswer(
  context: SqlContext,
  scope: TurnScope,
  questionId: string,
  { messageId, generationId, request }: NewTurn['answers'][number],
): Transaction<void> {
  const { userId, conversationId, now, revision } = scope
  yield* change(
    context.db.insertInto('message').values({
      id: messageId,
      user_id: userId,
      conversation_id: conversationId,
      parent_id: questionId,
      role: 'assistant',
      parts_json: '[]',
      created_at: now,
      answer_json: null,
      revision,
    }),
  )
  yield* insertGeneration(context, scope, { generationId, messageId, purpose: 'answer', request })
}

export function* insertGeneration(
  { db }: SqlContext,
  { userId, conversationId, now, origin, groupId, onDisconnect }: TurnScope,
  generation: {
    generationId: string
    messageId: string | null
    purpose: 'answer' | 'title'
    request: GenerationRequest
  },
): Transaction<void> {
  const { generationId, messageId, purpose, request } = generation
  yield* change(
    db.insertInto('generation').values({
      id: generationId,
      user_id: userId,
      conversation_id: conversationId,
      message_id: messageId,
      group_id: groupId,
      purpose,
      origin,
      status: 'queued',
      provider: request.provider,
      model: request.model,
      requested_model: request.requestedModel,
      request_json: JSON.stringify(request),
      epoch: 0,
      due_at: now,
      lost_attempts: 0,
      previous: 'none',
      on_disconnect: onDisconnect ?? 'continue',
      created_at: now,
    }),
  )
}
