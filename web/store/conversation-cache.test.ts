// @vitest-environment node
import { InfiniteQueryObserver, QueryClient } from '@tanstack/react-query'
import { describe, expect, it, vi } from 'vitest'
import type { MillraceClient } from '#client/create-millrace-client.ts'
import type { ConversationPage, ConversationView } from '#protocol/api/conversations.ts'
import type { MessageView, Sent } from '#protocol/api/messages.ts'
import { emptyAnswer } from '#protocol/fold.ts'
import { createConversationCache, type ConversationCache } from './conversation-cache.ts'

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

  it('asks only for what changed since, and keeps what it learned meanwhile', async () => {
    const done = { ...emptyAnswer(), status: 'completed' as const }
    const running = { ...QUESTION, id: 'r', answer: null }
    const listMessages = vi.fn().mockResolvedValueOnce({ messages: [QUESTION, running], next: null, revision: 7 })
    const { cache, queryClient, messages } = createForTest({ listMessages })
    await queryClient.fetchQuery(cache.messages('c'))
    const [before] = messages()
    listMessages.mockImplementationOnce(() => {
      // The end of the answer is seen here before the older reply arrives.
      cache.ended('c', 'r', done)
      return Promise.resolve({ messages: [running, { ...QUESTION, id: 'z' }], next: null, revision: 9 })
    })
    await cache.changed({ ...CONVERSATION, revision: 9 })
    await queryClient.fetchQuery(cache.messages('c'))
    expect(listMessages.mock.calls.map(([, options]) => (options as { since?: number }).since)).toEqual([undefined, 7])
    expect(messages().map(({ id }) => id)).toEqual(['q', 'r', 'z'])
    expect(messages()[0]).toBe(before)
    expect(messages()[1]).toMatchObject({ answer: { status: 'completed' } })
  })

  it('patches, moves and adds conversations of the list without asking for it', async () => {
    const { cache, queryClient, list } = await createWithList(['c3', 'c2', 'c1'])
    await cache.changed(conversationOf('c1', { updatedAt: at(9), revision: 9, title: 'now' }))
    await cache.changed(conversationOf('new', { updatedAt: at(8), revision: 8 }))
    expect(list()).toEqual(['c1', 'new', 'c3', 'c2'])
    // Told late, it changes nothing any more.
    await cache.changed(conversationOf('c1', { updatedAt: at(7), revision: 7 }))
    expect(list()).toEqual(['c1', 'new', 'c3', 'c2'])
    cache.removed('c3')
    expect(list()).toEqual(['c1', 'new', 'c2'])
    expect(queryClient.isFetching()).toBe(0)
  })

  it('asks for the queue again unless nothing waits and nothing did', async () => {
    const { cache, queryClient } = createForTest()
    const key = ['queue', 'c']
    const isStale = () => queryClient.getQueryState(key)?.isInvalidated
    queryClient.setQueryData(key, { items: [] })
    await cache.changed(conversationOf('c', { queued: 0, revision: 2 }))
    expect(isStale()).toBe(false)
    await cache.changed(conversationOf('c', { queued: 1, revision: 3 }))
    expect(isStale()).toBe(true)
    queryClient.setQueryData(key, { items: [{ id: 't' }] })
    await cache.changed(conversationOf('c', { queued: 0, revision: 4 }))
    expect(isStale()).toBe(true)
  })

  it('leaves a conversation to the page of the list to which it belongs, when that is not loaded', async () => {
    const { cache, list } = await createWithList(['c3', 'c2'], 'more')
    await cache.changed(conversationOf('old', { updatedAt: at(0), revision: 9 }))
    expect(list()).toEqual(['c3', 'c2'])
  })

  it('asks again for a list that was on its way when something changed', async () => {
    const first = Promise.withResolvers<ConversationPage>()
    const listConversations = vi
      .fn()
      .mockReturnValueOnce(first.promise)
      .mockResolvedValue({ conversations: [conversationOf('c9', { revision: 9 })], next: null })
    const { cache, queryClient, list } = createForTest({ listConversations })
    queryClient.setQueryData(cache.list.queryKey, { pages: [{ conversations: [], next: null }], pageParams: [null] })
    const stop = observe(queryClient, cache)
    await cache.changed(conversationOf('c9', { revision: 9 }))
    first.resolve({ conversations: [], next: null })
    await vi.waitFor(() => expect(list()).toEqual(['c9']))
    expect(listConversations).toHaveBeenCalledTimes(2)
    stop()
  })

  it('asks for what was not told, and for nothing that is new enough or on its way', async () => {
    const opened = conversationOf('c', { revision: 5 })
    const listConversations = vi.fn().mockResolvedValue({ conversations: [opened], next: null })
    const getConversation = vi.fn().mockResolvedValue(opened)
    const listMessages = vi.fn().mockResolvedValue({ messages: [QUESTION], next: null, revision: 5 })
    const { cache, queryClient } = createForTest({ listConversations, getConversation, listMessages })
    const stop = observe(queryClient, cache)
    void queryClient.fetchQuery(cache.conversation('c'))
    void queryClient.fetchQuery(cache.messages('c'))
    const counts = () => [listConversations, getConversation, listMessages].map(({ mock }) => mock.calls.length)
    await cache.reconcile(5)
    await vi.waitFor(() => expect(queryClient.isFetching()).toBe(0))
    expect(counts()).toEqual([1, 1, 1])
    expect(isStale(queryClient)).toEqual([false, false, false])
    await cache.reconcile(6)
    expect(isStale(queryClient)).toEqual([true, true, true])
    await vi.waitFor(() => expect(counts()).toEqual([2, 1, 1]))
    stop()
  })
})

const CONVERSATION = { id: 'c', title: null, activeLeafId: null, revision: 1 } as ConversationView

function conversationOf(id: string, change: Partial<ConversationView>): ConversationView {
  return { ...CONVERSATION, id, updatedAt: at(1), ...change }
}

function at(second: number): string {
  return new Date(second * 1000).toISOString()
}

async function createWithList(ids: readonly string[], next: string | null = null) {
  const test = createForTest()
  const conversations = ids.map((id) => conversationOf(id, { updatedAt: at(Number(id.slice(1))), revision: 1 }))
  test.queryClient.setQueryData(test.cache.list.queryKey, { pages: [{ conversations, next }], pageParams: [null] })
  return test
}

function isStale(queryClient: QueryClient): boolean[] {
  return [['conversations'], ['conversation'], ['messages']].map(
    (queryKey) => queryClient.getQueryCache().find({ queryKey, exact: false })?.state.isInvalidated ?? false,
  )
}

function observe(queryClient: QueryClient, cache: ConversationCache): () => void {
  return new InfiniteQueryObserver(queryClient, cache.list).subscribe(() => undefined)
}

function createForTest(client: Partial<MillraceClient> = {}) {
  const queryClient = new QueryClient()
  const cache = createConversationCache(queryClient, client as MillraceClient)
  cache.created({ id: 'c', activeLeafId: null } as ConversationView)
  return {
    cache,
    queryClient,
    messages: () => queryClient.getQueryData(cache.messages('c').queryKey) ?? [],
    list: () =>
      queryClient.getQueryData(cache.list.queryKey)?.pages.flatMap((page) => page.conversations.map(({ id }) => id)),
    conversation: () => queryClient.getQueryData(cache.conversation('c').queryKey),
  }
}
