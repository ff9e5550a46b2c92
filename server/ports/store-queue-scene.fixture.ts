import { expect } from 'vitest'
import { emptyAnswer } from '#protocol/fold.ts'
import type { QueuedTurn } from '#server/domain/queued-turn.ts'
import type { StoreScene } from './store-scene.ts'
import type { Conversation, MessageRow, NewQuestion, NewTurn } from './store.ts'

/** What is done with the queue of a scene's conversation. */
export interface QueueScene {
  /** A question without a parent goes after the active leaf. */
  askAfter(text: string, parentId?: string): NewQuestion
  /** Sends a turn that must have to wait, and returns its id. */
  wait(text: string, parentId?: string, change?: Partial<NewTurn>): Promise<string>
  /** A turn that is held because the answer before it failed. */
  holdOne(): Promise<{ questionId: string; answerId: string }>
  list(): Promise<QueuedTurn[]>
  /** The question that a turn, which must have been sent, became. */
  sentAs(id: string): Promise<string>
  answerTo(questionId: string): Promise<MessageRow>
  choose(activeLeafId: string): Promise<void>
  conversation(): Promise<Conversation | undefined>
}

export function createQueueScene({ store, userId, conversationId, newId, turn, send }: StoreScene): QueueScene {
  function askAfter(text: string, parentId?: string): NewQuestion {
    return { kind: 'new', id: newId(), parts: [{ type: 'text', text }], ...(parentId !== undefined && { parentId }) }
  }

  async function wait(text: string, parentId?: string, change: Partial<NewTurn> = {}): Promise<string> {
    const id = newId()
    const sent = await store.startTurn(turn({ question: askAfter(text, parentId), queuedTurnId: id, ...change }))
    expect(JSON.parse(sent.ok ? sent.response : JSON.stringify(sent))).toMatchObject({ queued: { id, conversationId } })
    return id
  }

  return {
    askAfter,
    wait,
    async holdOne() {
      const { questionId, answerId, generationId } = await send()
      await wait('held', answerId)
      await store.settle(generationId, { ...emptyAnswer(), status: 'failed' }, 3_000)
      return { questionId, answerId }
    },
    list: async () => (await store.listQueue(userId, conversationId)) ?? [],
    async sentAs(id) {
      const sent = await store.getQueuedTurn(userId, id)
      expect(sent).toMatchObject({ state: 'sent', messageId: expect.any(String) as unknown })
      return sent?.messageId ?? ''
    },
    async answerTo(questionId) {
      const messages = (await store.listMessages(userId, conversationId, { limit: 1_000 })) ?? []
      const answers = messages.filter(({ parentId }) => parentId === questionId)
      expect(answers).toHaveLength(1)
      return answers[0] as MessageRow
    },
    async choose(activeLeafId) {
      expect(await store.updateConversation(userId, conversationId, { activeLeafId, now: 5_000 })).toBeDefined()
    },
    conversation: () => store.getConversation(userId, conversationId),
  }
}
