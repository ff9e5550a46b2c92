// @vitest-environment node
import { QueryClient } from '@tanstack/react-query'
import { describe, expect, it, vi } from 'vitest'
import type { MillraceClient } from '#client/create-millrace-client.ts'
import type { ConversationView } from '#protocol/api/conversations.ts'
import type { MessageView, Sent } from '#protocol/api/messages.ts'
import { emptyAnswer } from '#protocol/fold.ts'
import { createConversationCache } from './conversation-cache.ts'

const QUESTION = {
  id: 'q',
  conversationId: 'c',
  parentId: null,
  role: 'user',
  parts: [],
  answer: null,
} as unknown as MessageView
const SENT: Sent = {
  message: QUESTION,
  generations: [{ id: 'g', messageId: 'a', status: 'queued', model: 'p/m', pausedAt: null }],
}

describe('createConversationCache', () => {
  it('shows an accepted question and its answer at once, and makes the answer the active leaf', async () => {
    const { cache, messages, conversation } = createForTest()
    await cache.accepted('c', SENT)
    expect(messages().map(({ id }) => id)).toEqual(['q', 'a'])
    expect(messages()[1]).toMatchObject({ parentId: 'q', answer: null, generation: { id: 'g' } })
    expect(conversation()?.activeLeafId).toBe('a')
  })

  it('does not let an older list that is on its way land on an accepted question', async () => {
    const list = Promise.withResolvers<{ messages: MessageView[]; next: null; revision: number }>()
    const { cache, queryClient, messages } = createForTest({ listMessages: () => list.promise })
    const fetching = queryClient.fetchQuery(cache.messages('c')).catch(() => undefined)
    expect(queryClient.isFetching()).toBe(1)
    await cache.accepted('c', SENT)
    list.resolve({ messages: [], next: null, revision: 1 })
    await fetching
    await new Promise((resolve) => setTimeout(resolve))
    expect(messages().map(({ id }) => id)).toEqual(['q', 'a'])
  })

  it('adds only the new answer when a question is asked again', async () => {
    const { cache, messages } = createForTest()
    await cache.accepted('c', SENT)
    await cache.accepted('c', { ...SENT, generations: [{ ...SENT.generations[0]!, id: 'g2', messageId: 'a2' }] })
    expect(messages().map(({ id }) => id)).toEqual(['q', 'a', 'a2'])
  })

  it('keeps the identity of messages that did not change when an answer ends', async () => {
    const { cache, messages } = createForTest()
    await cache.accepted('c', SENT)
    const before = messages()[0]
    cache.ended('c', 'a', { ...emptyAnswer(), status: 'completed', parts: [{ type: 'text', text: 'done' }] })
    expect(messages()[0]).toBe(before)
    expect(messages()[1]).toMatchObject({ answer: { status: 'completed' }, generation: { status: 'completed' } })
  })

  it('loads the whole tree page by page', async () => {
    const listMessages = vi
      .fn()
      .mockResolvedValueOnce({ messages: [{ id: '1' }], next: '1' })
      .mockResolvedValueOnce({ messages: [{ id: '2' }], next: null, revision: 1 })
    const { cache, queryClient } = createForTest({ listMessages })
    expect(await queryClient.fetchQuery(cache.messages('c'))).toEqual([{ id: '1' }, { id: '2' }])
    expect(listMessages.mock.calls[1]?.[1]).toMatchObject({ after: '1' })
  })
})

function createForTest(client: Partial<MillraceClient> = {}) {
  const queryClient = new QueryClient()
  const cache = createConversationCache(queryClient, client as MillraceClient)
  cache.created({ id: 'c', activeLeafId: null } as ConversationView)
  return {
    cache,
    queryClient,
    messages: () => queryClient.getQueryData(cache.messages('c').queryKey) ?? [],
    conversation: () => queryClient.getQueryData(cache.conversation('c').queryKey),
  }
}
