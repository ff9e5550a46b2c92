import type { RetryMessage } from '#protocol/api/messages.ts'
import { RequestError } from '#server/domain/errors.ts'
import type { OnDisconnect } from '#server/domain/generation.ts'
import type { MessageRow, Store } from '#server/ports/store.ts'
import { toFrozenOptions, type FrozenOptions } from './generation-options.ts'
import { keyRequest, repeatedTurn } from './repeated-turn.ts'
import { resolveModels } from './resolve-models.ts'
import type { SentTurn } from './sent-turn.ts'
import { startTurn, type TurnDependencies } from './start-turn.ts'

export interface RetryMessageInput {
  userId: string
  messageId: string
  body: RetryMessage
  idempotencyKey: string | undefined
  onDisconnect: OnDisconnect
}

/**
 * Asks a question again: the new answer stands beside those that are there. Given an answer, the same model and options
 * are used unless others are named; given a question, the default model.
 */
export async function retryMessage(deps: TurnDependencies, input: RetryMessageInput): Promise<SentTurn> {
  const { userId, messageId, body, idempotencyKey, onDisconnect } = input
  const { store, settings } = deps
  const idempotency = keyRequest(idempotencyKey, { messageId, body })
  const before = await repeatedTurn(store, userId, idempotency)
  if (before) return before
  const message = await findMessage(store, userId, messageId)
  const question = message.role === 'assistant' ? await findQuestion(store, userId, message) : message
  const name = body.model ?? message.generation?.requestedModel ?? settings.defaultModel
  return startTurn(deps, {
    userId,
    conversationId: question.conversationId,
    now: deps.clock.now(),
    question: { standing: question.id },
    models: await resolveModels(deps, userId, [name]),
    ...(body.options ? toFrozenOptions(body.options) : await earlierOptions(store, userId, message)),
    onDisconnect,
    idempotency,
  })
}

async function findMessage(store: Store, userId: string, messageId: string): Promise<MessageRow> {
  const message = await store.getMessage(userId, messageId)
  if (!message) throw new RequestError('unknown-message', 'There is no such message, or it was deleted.')
  return message
}

async function findQuestion(store: Store, userId: string, answer: MessageRow): Promise<MessageRow> {
  if (answer.parentId === null) {
    throw new RequestError('not-a-question', 'This answer stands alone: there is no question to ask again.')
  }
  return findMessage(store, userId, answer.parentId)
}

async function earlierOptions(store: Store, userId: string, message: MessageRow): Promise<FrozenOptions> {
  const earlier = message.generation ? await store.getGeneration(userId, message.generation.id) : undefined
  return { systemPrompt: earlier?.request.systemPrompt, parameters: earlier?.request.parameters ?? {} }
}
