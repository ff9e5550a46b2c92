import { infiniteQueryOptions, queryOptions, type QueryClient } from '@tanstack/react-query'
import type { MillraceClient } from '#client/create-millrace-client.ts'
import type { ConversationView } from '#protocol/api/conversations.ts'
import type { MessageView, Sent } from '#protocol/api/messages.ts'
import type { TurnQueue } from '#protocol/api/queue.ts'
import type { Answer } from '#protocol/messages.ts'
import { queueKey } from '../queue/queue-query.ts'
import { conversationsOf, placeInList, removeFromList, type ListData } from './conversation-list.ts'
import { completeTo, loadMessages, patchMessages } from './message-list.ts'

const LIST_KEY = ['conversations'] as const
const CONVERSATION = 'conversation'
const MESSAGES = 'messages'
const [QUEUE] = queueKey('')
const conversationKey = (id: string) => [CONVERSATION, id] as const
const messagesKey = (id: string) => [MESSAGES, id] as const

export type ConversationCache = ReturnType<typeof createConversationCache>

/** The server's state as this page holds it: what to ask, and the changes that are known before the server is asked. */
export function createConversationCache(queryClient: QueryClient, client: MillraceClient) {
  // A list of messages keeps the identity of what did not change by itself, and its revision hangs on the list.
  queryClient.setQueryDefaults([MESSAGES], { structuralSharing: false })
  const setList = (change: (data: ListData) => ListData) =>
    queryClient.setQueryData<ListData>(LIST_KEY, (data) => data && change(data))
  /** A list that is on its way was made before this change. */
  const renewListOnItsWay = () => {
    if (queryClient.isFetching({ queryKey: LIST_KEY }) > 0) void queryClient.invalidateQueries({ queryKey: LIST_KEY })
  }

  return {
    list: infiniteQueryOptions({
      queryKey: LIST_KEY,
      queryFn: ({ pageParam, signal }) =>
        client.listConversations(pageParam === null ? { signal } : { before: pageParam, signal }),
      initialPageParam: null as string | null,
      getNextPageParam: (page) => page.next,
    }),

    conversation: (id: string) =>
      queryOptions({ queryKey: conversationKey(id), queryFn: ({ signal }) => client.getConversation(id, { signal }) }),

    messages: (id: string) =>
      queryOptions({
        queryKey: messagesKey(id),
        queryFn: ({ signal }) =>
          loadMessages(client, id, { current: () => queryClient.getQueryData<MessageView[]>(messagesKey(id)), signal }),
      }),

    models: queryOptions({ queryKey: ['models'], queryFn: ({ signal }) => client.listModels({ signal }) }),

    /** A conversation that was made a moment ago, empty as it is. */
    created(conversation: ConversationView) {
      queryClient.setQueryData(conversationKey(conversation.id), conversation)
      queryClient.setQueryData(messagesKey(conversation.id), [])
      setList((data) => placeInList(data, conversation))
      renewListOnItsWay()
    },

    /** The question and the answers that the server accepted. A list on its way is older and must not land on them. */
    async accepted(conversationId: string, sent: Sent) {
      await queryClient.cancelQueries({ queryKey: messagesKey(conversationId) })
      await queryClient.cancelQueries({ queryKey: conversationKey(conversationId) })
      const added = [sent.message, ...sent.generations.map((generation) => placeholder(sent.message, generation))]
      queryClient.setQueryData<MessageView[]>(messagesKey(conversationId), (messages = []) => {
        const known = new Set(messages.map(({ id }) => id))
        return patchMessages(messages, () => [...messages, ...added.filter(({ id }) => !known.has(id))])
      })
      const leafId = added.at(-1)!.id
      this.leafChosen(conversationId, leafId)
    },

    leafChosen(conversationId: string, leafId: string) {
      queryClient.setQueryData<ConversationView>(conversationKey(conversationId), (conversation) =>
        conversation ? { ...conversation, activeLeafId: leafId } : conversation,
      )
    },

    ended(conversationId: string, messageId: string, answer: Answer) {
      queryClient.setQueryData<MessageView[]>(messagesKey(conversationId), (messages) => {
        if (!messages) return undefined
        return patchMessages(messages, () =>
          messages.map((message) => (message.id === messageId ? withAnswer(message, answer) : message)),
        )
      })
    },

    /** A conversation as the server tells it. Its messages come first, so that its active leaf is among them. */
    async changed(conversation: ConversationView) {
      const { id } = conversation
      setList((data) => placeInList(data, conversation))
      renewListOnItsWay()
      const isKnownEmpty = queryClient.getQueryData<TurnQueue>(queueKey(id))?.items.length === 0
      if (conversation.queued > 0 || !isKnownEmpty) void queryClient.invalidateQueries({ queryKey: queueKey(id) })
      await queryClient.invalidateQueries({ queryKey: messagesKey(id) })
      queryClient.setQueryData<ConversationView>(conversationKey(id), (known) =>
        known && known.revision <= conversation.revision ? conversation : known,
      )
    },

    removed(id: string) {
      setList((data) => removeFromList(data, id))
      renewListOnItsWay()
      // Who has it open is told by the server that it is gone, and may still want it back.
      void queryClient.invalidateQueries({ queryKey: conversationKey(id) })
      void queryClient.invalidateQueries({ queryKey: messagesKey(id) })
    },

    /**
     * What changed up to this revision was not told: asks for it, as far as it is not known. What is on its way is waited for,
     * because it mostly is new enough.
     */
    async reconcile(revision: number | undefined) {
      const { all, settled } = cachedQueries(queryClient)
      await settled()
      const data = queryClient.getQueryData<ListData>(LIST_KEY)
      const listed = data ? conversationsOf(data) : []
      const isNew = revision !== undefined && listed.some((conversation) => conversation.revision >= revision)
      if (!isNew) void queryClient.invalidateQueries({ queryKey: LIST_KEY })
      for (const { queryKey, state } of all()) {
        const newest = isNew ? listed.find(({ id }) => id === queryKey[1])?.revision : undefined
        if (newest === undefined || !((revisionOf(queryKey[0], state.data) ?? -1) >= newest))
          void queryClient.invalidateQueries({ queryKey })
      }
    },

    /** Changes what the list shows until the server is asked again; returns how to take it back. */
    patchList(change: (conversation: ConversationView) => ConversationView | undefined): () => void {
      const before = queryClient.getQueryData<ListData>(LIST_KEY)
      void queryClient.cancelQueries({ queryKey: LIST_KEY })
      if (before) {
        const pages = before.pages.map((page) => ({
          ...page,
          conversations: page.conversations.flatMap((conversation) => change(conversation) ?? []),
        }))
        queryClient.setQueryData(LIST_KEY, { ...before, pages })
      }
      return () => {
        queryClient.setQueryData(LIST_KEY, before)
        void queryClient.invalidateQueries({ queryKey: LIST_KEY })
      }
    },

    /** Asks the server again for everything that is shown of a conversation. */
    refresh(conversationId: string) {
      void queryClient.invalidateQueries({ queryKey: LIST_KEY })
      void queryClient.invalidateQueries({ queryKey: conversationKey(conversationId) })
      void queryClient.invalidateQueries({ queryKey: messagesKey(conversationId) })
      void queryClient.invalidateQueries({ queryKey: queueKey(conversationId) })
    },
  }
}

/** What is held of single conversations. */
function cachedQueries(queryClient: QueryClient) {
  const cache = queryClient.getQueryCache()
  const all = () => [CONVERSATION, MESSAGES, QUEUE].flatMap((family) => cache.findAll({ queryKey: [family] }))
  const settled = () =>
    Promise.allSettled([...all(), ...cache.findAll({ queryKey: LIST_KEY })].flatMap((query) => query.promise ?? []))
  return { all, settled }
}

/** Up to which revision of its conversation that is complete, where it says so. */
function revisionOf(family: unknown, data: unknown): number | undefined {
  if (family === MESSAGES) return data === undefined ? undefined : completeTo(data as MessageView[])
  return family === CONVERSATION ? (data as ConversationView | undefined)?.revision : undefined
}

function placeholder(question: MessageView, generation: Sent['generations'][number]): MessageView {
  const { messageId, ...summary } = generation
  return {
    id: messageId,
    conversationId: question.conversationId,
    parentId: question.id,
    role: 'assistant',
    parts: [],
    createdAt: question.createdAt,
    generation: summary,
    answer: null,
  }
}

function withAnswer(message: MessageView, answer: Answer): MessageView {
  const generation = message.generation && { ...message.generation, status: answer.status }
  return { ...message, generation, parts: answer.parts, answer } as MessageView
}
