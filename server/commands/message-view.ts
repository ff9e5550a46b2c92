import type { MessageView } from '#protocol/api/messages.ts'
import { formatCursor } from '#protocol/cursor.ts'
import type { MessageRow } from '#server/ports/store.ts'

/** A message as clients see it. */
export function toMessageView(row: MessageRow): MessageView {
  const { id, conversationId, parentId, role, parts, generation, answer } = row
  return {
    id,
    conversationId,
    parentId,
    role,
    parts,
    createdAt: new Date(row.createdAt).toISOString(),
    generation: generation && {
      id: generation.id,
      status: generation.status,
      model: generation.requestedModel,
      pausedAt: generation.pausedAt && formatCursor(generation.pausedAt),
    },
    answer,
  }
}
