import type { QueuedTurnView } from '#protocol/api/messages.ts'
import type { Cursor } from '#protocol/cursor.ts'
import type { Answer, GenerationStatus } from '#protocol/messages.ts'

/** A user's conversations as the contract says that they come to be: plain data, so that it can be cloned and renamed. */
export interface TreeModel {
  now: number
  /** Grows with every command; says which of two things came first. */
  step: number
  conversations: ConversationModel[]
  messages: MessageModel[]
  turns: TurnModel[]
  keys: Record<string, { bodyHash: string; response: unknown }>
  /** Number of names that were given for ids that only the store knows. */
  names: number
}

export interface ConversationModel {
  id: string
  title: string | null
  activeLeafId: string | null
  updatedAt: number
  deletedAt: number | null
  answeredStep: number
  readStep: number
  /** Turns that wait, in the order in which they are sent. */
  queue: string[]
}

export interface MessageModel {
  id: string
  conversationId: string
  parentId: string | null
  text: string
  createdAt: number
  /** Of answers. */
  generation: GenerationModel | null
}

export interface GenerationModel {
  id: string
  model: string
  groupId: string | null
  status: GenerationStatus
  endedAt: number | null
  cancelRequestedAt: number | null
  pausedAt: Cursor | null
  answer: Answer | null
}

export interface TurnModel {
  id: string
  conversationId: string
  text: string
  models: string[]
  revision: number
  createdAt: number
  state: 'queued' | 'sent' | 'withdrawn'
  anchorId: string
  messageId: string | null
}

/** A name for an id that only the store knows: it is found out afterwards. */
export function newName(model: TreeModel): string {
  return `unnamed-${model.names++}-`
}

export function isUnnamed({ id }: { id: string }): boolean {
  return id.startsWith('unnamed-')
}

export function findVisible({ conversations }: TreeModel, id: string): ConversationModel | undefined {
  return conversations.find((conversation) => conversation.id === id && conversation.deletedAt === null)
}

export function getConversation({ conversations }: TreeModel, id: string): ConversationModel {
  return known(conversations.find((conversation) => conversation.id === id))
}

export function findMessage({ messages }: TreeModel, { id: where }: ConversationModel, id: string) {
  return messages.find((message) => message.id === id && message.conversationId === where)
}

export function getMessage({ messages }: TreeModel, id: string): MessageModel {
  return known(messages.find((message) => message.id === id))
}

/** Oldest first. */
export function answersTo({ messages }: TreeModel, questionId: string): MessageModel[] {
  const answers = messages.filter(({ parentId, generation }) => parentId === questionId && generation !== null)
  return answers.toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

/** In the order in which they are sent. */
export function waitingFor({ turns }: TreeModel, { queue }: ConversationModel, anchorId: string): TurnModel[] {
  const waiting = turns.filter((turn) => turn.anchorId === anchorId && queue.includes(turn.id))
  return waiting.toSorted((a, b) => queue.indexOf(a.id) - queue.indexOf(b.id))
}

export function whyHeld(model: TreeModel, { anchorId }: TurnModel): QueuedTurnView['held'] {
  const { generation } = getMessage(model, anchorId)
  if (!generation) return 'comparison'
  if (generation.endedAt === null) return null
  return generation.status === 'failed' ? 'failed' : 'stopped'
}

export function isUnread({ answeredStep, readStep }: ConversationModel): boolean {
  return answeredStep > readStep
}

export function partsOf(text: string): { type: 'text'; text: string }[] {
  return [{ type: 'text', text }]
}

function known<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('The model does not know what it is asked for.')
  return value
}
