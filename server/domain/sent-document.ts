import type { Sent } from '#protocol/api/messages.ts'
import type { MessagePart } from '#protocol/messages.ts'

export interface SentTurn {
  conversationId: string
  now: number
  question: { id: string; parentId: string | null; parts: MessagePart[] }
  answers: readonly { messageId: string; generationId: string; request: { requestedModel: string } }[]
}

/** What a send that was started is answered with. */
export function sentDocument({ conversationId, now, question, answers }: SentTurn): Sent {
  const { id, parentId, parts } = question
  return {
    message: {
      id,
      conversationId,
      parentId,
      role: 'user',
      parts,
      createdAt: new Date(now).toISOString(),
      generation: null,
      answer: null,
    },
    generations: answers.map(({ messageId, generationId, request }) => ({
      id: generationId,
      status: 'queued',
      model: request.requestedModel,
      pausedAt: null,
      messageId,
    })),
  }
}
