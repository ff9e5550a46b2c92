import { expect } from 'vitest'
import type { Answer, MessagePart } from '#protocol/messages.ts'
import type { GenerationRequest } from '#server/domain/generation.ts'
import type { NewTurn, Store } from './store.ts'

export interface StoreSubject {
  store: Store
  /** The same store as another process has it open. */
  another(): Promise<Store>
  newId(): string
}

/** A user with one empty conversation, and what they do in it. */
export interface StoreScene extends StoreSubject {
  userId: string
  conversationId: string
  converse(now: number, owner?: string): Promise<string>
  ask(text: string, parentId?: string | null): Extract<NewTurn['question'], { kind: 'new' }>
  newAnswer(): NewTurn['answers'][number]
  turn(change?: Partial<NewTurn>): NewTurn
  /** Sends a turn that must succeed and returns its ids. */
  send(change?: Partial<NewTurn>): Promise<{ questionId: string; answerId: string; generationId: string }>
  messageIds(): Promise<string[] | undefined>
}

export const ANSWER_REQUEST: GenerationRequest = {
  provider: 'demo',
  model: 'chat',
  requestedModel: 'demo/chat',
  parameters: { seed: 7 },
  branch: { leafId: 'leaf' },
}

export function answered(text: string): Answer {
  const superseded = [{ attempt: 1, parts: [{ type: 'text' as const, text: 'lost' }] }]
  const metrics = { startedAt: 1, endedAt: 2, usage: { outputTokens: 3 } }
  const parts: MessagePart[] = [{ type: 'text', text }]
  return { status: 'completed', parts, attempt: 2, superseded, finishReason: 'stop', metrics }
}

export async function setStoreScene(subject: StoreSubject): Promise<StoreScene> {
  const { store, newId } = subject
  const userId = `user-${newId()}`

  async function converse(now: number, owner = userId): Promise<string> {
    const id = newId()
    await store.createConversation({ id, userId: owner, title: null, now })
    return id
  }

  const conversationId = await converse(1_000)
  const newAnswer = () => ({ messageId: newId(), generationId: newId(), request: ANSWER_REQUEST })
  const ask = (text: string, parentId: string | null = null) =>
    ({ kind: 'new', id: newId(), parentId, parts: [{ type: 'text', text }] }) satisfies NewTurn['question']

  // The question first: messages are read in the order of their ids.
  const turn = (change: Partial<NewTurn> = {}): NewTurn => ({
    userId,
    conversationId,
    now: 2_000,
    origin: 'native',
    question: ask('hello'),
    answers: [newAnswer()],
    groupId: null,
    ...change,
  })

  return {
    ...subject,
    userId,
    conversationId,
    converse,
    ask,
    newAnswer,
    turn,
    async send(change = {}) {
      const sent = turn(change)
      expect(await store.startTurn(sent)).toMatchObject({ ok: true, repeated: false })
      const [answer] = sent.answers
      const answerId = answer?.messageId ?? ''
      return { questionId: sent.question.id, answerId, generationId: answer?.generationId ?? '' }
    },
    async messageIds() {
      return (await store.listMessages(userId, conversationId, { limit: 100 }))?.map((message) => message.id)
    },
  }
}
