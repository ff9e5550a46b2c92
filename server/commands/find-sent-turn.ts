import type { Sent } from '#protocol/api/messages.ts'
import { sentDocument } from '#server/domain/sent-document.ts'
import type { MessageRow, Store } from '#server/ports/store.ts'

/** Nobody compares more models at once. */
const MAX_ANSWERS = 200

/** What a turn became once it was sent from the queue; undefined while its conversation is deleted. */
export async function findSentTurn(
  store: Pick<Store, 'getMessage' | 'listMessages'>,
  { userId, messageId }: { userId: string; messageId: string },
): Promise<Sent | undefined> {
  const question = await store.getMessage(userId, messageId)
  if (!question) return undefined
  const { conversationId, createdAt } = question
  const page = { limit: MAX_ANSWERS, afterId: messageId }
  const after = (await store.listMessages(userId, conversationId, page)) ?? []
  return sentDocument({
    conversationId,
    now: createdAt,
    question,
    answers: after.filter((message) => isFirstAnswer(message, question)).map(toAnswer),
  })
}

/** They were created with their question; a later one was asked for anew. */
function isFirstAnswer(message: MessageRow, question: MessageRow): message is MessageRow & AnswerRow {
  return message.generation !== null && message.parentId === question.id && message.createdAt === question.createdAt
}

type AnswerRow = { generation: NonNullable<MessageRow['generation']> }

function toAnswer({ id, generation }: MessageRow & AnswerRow) {
  const { requestedModel } = generation
  return { messageId: id, generationId: generation.id, request: { requestedModel } }
}
