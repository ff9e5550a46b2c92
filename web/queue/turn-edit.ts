import type { QueuedTurnView } from '#protocol/api/messages.ts'
import type { QuestionPart } from '#protocol/messages.ts'

export interface TurnEdit {
  /** Its name among the drafts. */
  name: string
  turnId: string
  /** The revision of the turn that was edited. */
  revision: number
  text: string
  /** What the turn holds beside its words; it stays as it is. */
  attachments?: QuestionPart[]
}

/** The name of the draft in which a waiting turn is edited; it tells which state of the turn the editor began with. */
export function turnEdit({ id, conversationId, revision }: QueuedTurnView): string {
  return `${prefix(conversationId)}${id}.${revision}`
}

/** The edits of waiting turns that are open in a conversation. */
export function turnEditsIn(drafts: Readonly<Record<string, string>>, conversationId: string): TurnEdit[] {
  return Object.entries(drafts).flatMap(([name, text]) => {
    if (!name.startsWith(prefix(conversationId))) return []
    const [turnId = '', revision = ''] = name.slice(prefix(conversationId).length).split('.')
    return { name, turnId, revision: Number(revision), text }
  })
}

function prefix(conversationId: string): string {
  return `turn.${conversationId}.`
}
