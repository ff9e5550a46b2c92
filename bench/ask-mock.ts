import type { ConversationView } from '#protocol/api/conversations.ts'
import type { Sent } from '#protocol/api/messages.ts'
import type { ApiClient } from './call-api.ts'
import { mockMessage, mockModel, type MockAnswer } from './stream/mock-model.ts'

export interface Asked {
  conversationId: string
  /** The answer's message. */
  messageId: string
  generationId: string
}

/** Asks the mock upstream one question: in a conversation of its own, or after another answer, or as another's first. */
export async function askMock(
  api: ApiClient,
  answer: MockAnswer,
  previous?: { conversationId: string; messageId: string | null },
): Promise<Asked> {
  const conversationId =
    previous?.conversationId ?? (await api.call<ConversationView>('POST', '/api/v1/conversations', {})).id
  const sent = await api.call<Sent>('POST', `/api/v1/conversations/${conversationId}/messages`, {
    parts: [{ type: 'text', text: mockMessage(answer) }],
    model: `openai/${mockModel(answer)}`,
    parentId: previous?.messageId ?? null,
  })
  const [generation] = sent.generations
  if (!generation) throw new Error('no generation was started')
  return { conversationId, messageId: generation.messageId, generationId: generation.id }
}
