import { infiniteQueryOptions, queryOptions, type InfiniteData, type QueryClient } from '@tanstack/react-query'
import type { MillraceClient } from '#client/create-millrace-client.ts'
import type { ConversationPage, ConversationView } from '#protocol/api/conversations.ts'
import type { MessageView, Sent } from '#protocol/api/messages.ts'
import type { Answer } from '#protocol/messages.ts'

/** While an answer runs somewhere that this page does not watch, the list is asked again this often. */
const RUNNING_POLL_MS = 4000

const LIST_KEY = ['conversations'] as const
const conversationKey = (id: string) => ['conversation', id] as const
const messagesKey = (id: string) => ['messages', id] as const

export type ConversationCache = ReturnType<typeof createConversationCache>

/** The server's state as this page holds it: what to ask, and the changes that are known before the server is asked. */
export function createConversationCache(queryClient: QueryClient, client: MillraceClient) {
  return {
    list: infiniteQueryOptions({
      queryKey: LIST_KEY,
      queryFn: ({ pageParam, signal }) =>
        client.listConversations(pageParam === null ? { signal } : { before: pageParam, signal }),
      initialPageParam: null as string | null,
      getNextPageParam: (page) => page.next,
      refetchInterval: (query) => (hasRunning(query.state.data?.pages) ? RUNNING_POLL_MS : false),
    }),

    conversation: (id: string) =>
      queryOptions({ queryKey: conversationKey(id), queryFn: ({ signal }) => client.getConversation(id, { signal }) }),

    messages: (id: string) =>
      queryOptions({ queryKey: messagesKey(id), queryFn: ({ signal }) => loadMessages(client, id, signal) }),

    models: queryOptions({ queryKey: ['models'], queryFn: ({ signal }) => client.listModels({ signal }) }),

    /** A conversation that was made a moment ago, empty as it is. */
    created(conversation: ConversationView) {
      queryClient.setQueryData(conversationKey(conversation.id), conversation)
      queryClient.setQueryData(messagesKey(conversation.id), [])
      void queryClient.invalidateQueries({ queryKey: LIST_KEY })
    },

    /** The question and the answers that the server accepted. A list on its way is older and must not land on them. */
    async accepted(conversationId: string, sent: Sent) {
      await queryClient.cancelQueries({ queryKey: messagesKey(conversationId) })
      await queryClient.cancelQueries({ queryKey: conversationKey(conversationId) })
      const added = [sent.message, ...sent.generations.map((generation) => placeholder(sent.message, generation))]
      queryClient.setQueryData<MessageView[]>(messagesKey(conversationId), (messages = []) => {
        const known = new Set(messages.map(({ id }) => id))
        return [...messages, ...added.filter(({ id }) => !known.has(id))]
      })
      const leafId = added.at(-1)!.id
      this.leafChosen(conversationId, leafId)
      void queryClient.invalidateQueries({ queryKey: LIST_KEY })
    },

    leafChosen(conversationId: string, leafId: string) {
      queryClient.setQueryData<ConversationView>(conversationKey(conversationId), (conversation) =>
        conversation ? { ...conversation, activeLeafId: leafId } : conversation,
      )
    },

    ended(conversationId: string, messageId: string, answer: Answer) {
      queryClient.setQueryData<MessageView[]>(messagesKey(conversationId), (messages) =>
        messages?.map((message) => (message.id === messageId ? withAnswer(message, answer) : message)),
      )
      void queryClient.invalidateQueries({ queryKey: LIST_KEY })
    },

    /** Changes what the list shows until the server is asked again; returns how to take it back. */
    patchList(change: (conversation: ConversationView) => ConversationView | undefined): () => void {
      const before = queryClient.getQueryData<InfiniteData<ConversationPage, string | null>>(LIST_KEY)
      void queryClient.cancelQueries({ queryKey: LIST_KEY })
      if (before) {
        const pages = before.pages.map((page) => ({
          ...page,
          conversations: page.conversations.flatMap((conversation) => change(conversation) ?? []),
        }))
        queryClient.setQueryData(LIST_KEY, { ...before, pages })
      }
      return () => queryClient.setQueryData(LIST_KEY, before)
    },

    /** Asks the server again for everything that is shown of a conversation. */
    refresh(conversationId: string) {
      void queryClient.invalidateQueries({ queryKey: LIST_KEY })
      void queryClient.invalidateQueries({ queryKey: conversationKey(conversationId) })
      void queryClient.invalidateQueries({ queryKey: messagesKey(conversationId) })
    },
  }
}

async function loadMessages(client: MillraceClient, id: string, signal: AbortSignal): Promise<MessageView[]> {
  const messages: MessageView[] = []
  let after: string | undefined
  for (;;) {
    const page = await client.listMessages(id, { after, signal })
    messages.push(...page.messages)
    if (page.next === null) return messages
    after = page.next
  }
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

function hasRunning(pages: readonly ConversationPage[] | undefined): boolean {
  return pages?.some((page) => page.conversations.some(({ running }) => running > 0)) ?? false
}
