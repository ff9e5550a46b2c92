import type { EditMessage } from '#protocol/api/messages.ts'
import { RequestError } from '#server/domain/errors.ts'
import type { OnDisconnect } from '#server/domain/generation.ts'
import { keyRequest, repeatedTurn } from './repeated-turn.ts'
import { ask } from './send-message.ts'
import type { SentTurn } from './sent-turn.ts'
import type { TurnDependencies } from './start-turn.ts'

export interface EditMessageInput {
  userId: string
  messageId: string
  body: EditMessage
  idempotencyKey: string | undefined
  onDisconnect: OnDisconnect
}

/**
 * Asks an edited question beside the one that stands: nothing is overwritten. Turns that were held after an answer to the
 * earlier question wait for the new answer.
 */
export async function editMessage(deps: TurnDependencies, input: EditMessageInput): Promise<SentTurn> {
  const { userId, messageId, body, idempotencyKey, onDisconnect } = input
  const idempotency = keyRequest(idempotencyKey, { edit: messageId, body })
  const before = await repeatedTurn(deps.store, userId, idempotency)
  if (before) return before
  const message = await deps.store.getMessage(userId, messageId)
  if (!message) throw new RequestError('unknown-message', 'There is no such message, or it was deleted.')
  if (message.role !== 'user') throw new RequestError('not-a-question', 'Only a question can be edited.')
  const { conversationId, parentId } = message
  const place = { parentId, replaces: messageId, idempotency }
  return ask(deps, { userId, conversationId, body, onDisconnect }, place)
}
