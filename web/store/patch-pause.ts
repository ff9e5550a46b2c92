import type { QueryClient, QueryKey } from '@tanstack/react-query'
import type { MessageView } from '#protocol/api/messages.ts'
import { patchMessages } from './message-list.ts'

/** What the server just said of a pause, put into the messages of a conversation; what is on its way is asked for again. */
export function patchPause(
  queryClient: QueryClient,
  messagesKey: QueryKey,
  messageId: string,
  pausedAt: string | null,
): void {
  const patched = (message: MessageView): MessageView =>
    message.id === messageId && message.generation
      ? { ...message, generation: { ...message.generation, pausedAt } }
      : message
  queryClient.setQueryData<MessageView[]>(
    messagesKey,
    (messages) => messages && patchMessages(messages, (known) => known.map(patched)),
  )
  void queryClient.invalidateQueries({ queryKey: messagesKey })
}
