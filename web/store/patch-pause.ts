import type { QueryClient, QueryKey } from '@tanstack/react-query'
import type { MessageView } from '#protocol/api/messages.ts'

/** What the server just said of a pause, put into the messages of a conversation; what is on its way is asked for again. */
export function patchPause(
  queryClient: QueryClient,
  messagesKey: QueryKey,
  messageId: string,
  pausedAt: string | null,
): void {
  queryClient.setQueryData<MessageView[]>(messagesKey, (messages) =>
    messages?.map((message) =>
      message.id === messageId && message.generation
        ? { ...message, generation: { ...message.generation, pausedAt } }
        : message,
    ),
  )
  void queryClient.invalidateQueries({ queryKey: messagesKey })
}
