import type { ClientErrorCode } from '#client/client-error.ts'
import type { MessagePart, QuestionPart } from '#protocol/messages.ts'
import type { EditMessage, SendMessage, SendReply } from '#protocol/api/messages.ts'

/** A question on its way to the server, or one that could not be delivered. */
export interface OutboxItem {
  /** Idempotency key; every repetition carries the same one, so that the question is asked once. */
  key: string
  /** When it was asked, milliseconds; no two of one tab are the same. */
  askedAt: number
  /** The tab that it was asked in, also after a reload. */
  tab: string
  /** The load of a page that delivers it. */
  owner: string
  /** Null until its conversation was created. */
  conversationId: string | null
  /** What it comes after. Fixed with the first try, as the key stands for the whole request. */
  parentId: string | null
  /** The key of an undelivered question that this one comes after; what it becomes will be the parent. */
  after?: string | undefined
  /** The question that this one is an edited version of. */
  replaces?: string | undefined
  /** An answer was being written when it was asked: it will stand in the queue. */
  waits: boolean
  text: string
  /** What is sent along with the words. */
  attachments?: readonly QuestionPart[] | undefined
  model: string | undefined
  /** Of a question to several models. */
  models?: readonly string[] | undefined
  thinking: boolean
  state: 'sending' | 'failed'
  /** The conversation was made a moment ago and the page is on its way there; shown on both sides until it arrives. */
  arriving?: boolean
  error?: { code: ClientErrorCode; detail: string } | undefined
}

/** What a person asks, and where it goes. */
export type Question = Pick<OutboxItem, 'conversationId' | 'parentId' | 'text' | 'model' | 'thinking'> &
  Partial<Pick<OutboxItem, 'after' | 'attachments' | 'models' | 'replaces' | 'waits'>>

export function sendBodyOf(item: OutboxItem): SendMessage {
  return { parentId: item.parentId, ...editBodyOf(item) }
}

export function editBodyOf({ text, attachments = [], model, models, thinking }: OutboxItem): EditMessage {
  const body: EditMessage = { parts: partsOf(text, attachments) }
  if (models && models.length > 1) body.models = [...models]
  else if (model !== undefined) body.model = model
  if (thinking) body.options = { thinking }
  return body
}

/** A question in other words, with what was sent along before. */
export function partsOf(text: string, attachments: readonly QuestionPart[]): EditMessage['parts'] {
  // A message that holds only tool results has no words.
  const said: EditMessage['parts'] = text.trim() === '' ? [] : [{ type: 'text', text }]
  return [...said, ...attachments]
}

/** What a question holds beside its words, for another that is made of it; nothing where it holds nothing else. */
export function attachmentsOf(parts: readonly MessagePart[]): { attachments?: QuestionPart[] } {
  const attachments = parts.filter((part): part is QuestionPart => ATTACHED.has(part.type))
  return attachments.length > 0 ? { attachments } : {}
}

const ATTACHED: ReadonlySet<string> = new Set(['image', 'file', 'tool-result'])

/** What the next question comes after: the turn that waits, the answer, or of a comparison its question. */
export function idAfter(reply: SendReply): string {
  if ('queued' in reply) return reply.queued.id
  const [only, ...others] = reply.generations
  return only && others.length === 0 ? only.messageId : reply.message.id
}
