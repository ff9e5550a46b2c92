import type { ConversationView } from '#protocol/api/conversations.ts'
import type { Conversation } from '#server/ports/store.ts'

/** A conversation as clients see it. */
export function toConversationView(conversation: Conversation): ConversationView {
  const { id, title, activeLeafId, running, queued, unread, revision } = conversation
  return {
    id,
    title,
    activeLeafId,
    createdAt: new Date(conversation.createdAt).toISOString(),
    updatedAt: new Date(conversation.updatedAt).toISOString(),
    running,
    queued,
    unread,
    revision,
  }
}
