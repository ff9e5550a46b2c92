import type { QueuedTurn } from '#server/domain/queued-turn.ts'
import {
  isUnnamed,
  isUnread,
  partsOf,
  whyHeld,
  type MessageModel,
  type TreeModel,
  type TurnModel,
} from './store-tree-model.fixture.ts'
import { ANSWER_REQUEST } from './store-scene.ts'
import type { Conversation, MessageRow, Store } from './store.ts'

/** Everything that a user sees, and what became of each turn. Of what is deleted only that, and what is counted. */
export interface TreeState {
  conversations: Omit<Conversation, 'userId' | 'createdAt' | 'revision'>[]
  messages: Record<string, MessageRow[]>
  queues: Record<string, string[]>
  turns: TurnState[]
}

export type TurnState = Pick<QueuedTurn, 'id' | 'state' | 'parts'> & Partial<QueuedTurn> & { models?: string[] }

/** What the store holds, and the revisions at which it says so. */
export async function readTree(store: Store, userId: string, turnIds: readonly string[]) {
  const { conversations, upTo } = await store.listChanges(userId, { since: 0, limit: 100 })
  const rows = conversations.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const state: TreeState = { conversations: [], messages: {}, queues: {}, turns: [] }
  const queued = new Map<string, QueuedTurn>()
  const read = rows.map(({ id }) =>
    Promise.all([store.listMessages(userId, id, { limit: 1_000 }), store.listQueue(userId, id)]),
  )
  const contents = await Promise.all(read)
  for (const [index, row] of rows.entries()) {
    const { userId: _user, createdAt: _created, revision: _revision, ...conversation } = row
    state.conversations.push(conversation.deletedAt === null ? conversation : { ...conversation, activeLeafId: null })
    const { id } = conversation
    const [messages, queue] = contents[index] ?? []
    if (messages) state.messages[id] = messages
    if (queue) state.queues[id] = queue.map((turn) => turn.id)
    for (const turn of queue ?? []) queued.set(turn.id, turn)
  }
  const turns = await Promise.all(turnIds.map(async (id) => queued.get(id) ?? (await store.getQueuedTurn(userId, id))))
  state.turns = turns.flatMap((turn) => (turn ? [reduceTurn(turn, turn.conversationId in state.messages)] : []))
  return { state, upTo, revisions: new Map(rows.map(({ id, revision }) => [id, revision])) }
}

function reduceTurn(turn: QueuedTurn, isVisible: boolean): TurnState {
  const { id, state, parts, messageId, requests, origin: _origin, onDisconnect: _onDisconnect, ...rest } = turn
  if (state === 'withdrawn' || !isVisible) return { id, state, parts }
  if (state === 'sent') return { id, state, parts, messageId }
  return { id, state, parts, messageId, ...rest, models: requests.map(({ requestedModel }) => requestedModel) }
}

/** What the store should hold. */
export function stateOf(model: TreeModel): TreeState {
  const { conversations, messages, turns } = model
  const visible = conversations.filter(({ deletedAt }) => deletedAt === null)
  const isVisible = ({ conversationId }: TurnModel): boolean => visible.some(({ id }) => id === conversationId)
  return {
    conversations: conversations.map((conversation) => {
      const { id, title, updatedAt, deletedAt, queue } = conversation
      const activeLeafId = deletedAt === null ? conversation.activeLeafId : null
      const running = messages.filter(
        (message) => message.conversationId === id && message.generation?.endedAt === null,
      )
      const counts = { running: running.length, queued: queue.length, unread: isUnread(conversation) }
      return { id, title, activeLeafId, updatedAt, deletedAt, ...counts }
    }),
    messages: Object.fromEntries(
      visible.map(({ id }) => {
        const own = messages.filter(({ conversationId }) => conversationId === id)
        return [id, own.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(toRow)]
      }),
    ),
    queues: Object.fromEntries(visible.map(({ id, queue }) => [id, queue])),
    turns: turns.map((turn) => toTurnState(model, turn, isVisible(turn))),
  }
}

function toRow({ id, conversationId, parentId, text, createdAt, generation }: MessageModel): MessageRow {
  const base = { id, conversationId, parentId, createdAt }
  if (!generation) return { ...base, role: 'user', parts: partsOf(text), generation: null, answer: null }
  const { answer, status, pausedAt, model: requestedModel } = generation
  const { provider, model } = ANSWER_REQUEST
  const summary = { id: generation.id, status, requestedModel, provider, model, pausedAt }
  return { ...base, role: 'assistant', parts: answer?.parts ?? [], generation: summary, answer }
}

function toTurnState(model: TreeModel, turn: TurnModel, isVisible: boolean): TurnState {
  const { id, state, text, messageId, conversationId, revision, createdAt, anchorId, models } = turn
  const parts = partsOf(text)
  if (state === 'withdrawn' || !isVisible) return { id, state, parts }
  if (state === 'sent') return { id, state, parts, messageId }
  const held = whyHeld(model, turn)
  return { id, state, parts, messageId, conversationId, revision, createdAt, anchorId, held, models }
}

/**
 * Gives what only the store could name the ids that it has there, as soon as they are seen. `also` is renamed along with
 * the model.
 */
export function nameIds<Also>(model: TreeModel, also: Also, { messages }: TreeState): { model: TreeModel; also: Also } {
  if (!model.messages.some(isUnnamed)) return { model, also }
  const known = new Set(model.messages.map(({ id }) => id))
  const rows = Object.values(messages).flatMap((each) => each.filter(({ id }) => !known.has(id)))
  let text = JSON.stringify({ model, also })
  const rename = (name: string, id: string | undefined): void => void (text = text.replaceAll(name, id ?? name))
  for (const question of model.messages.filter((each) => isUnnamed(each) && !each.generation)) {
    const row = rows.find(
      ({ role, parts }) => role === 'user' && JSON.stringify(parts) === JSON.stringify(partsOf(question.text)),
    )
    if (!row) continue
    rename(question.id, row.id)
    const answers = rows.filter(({ parentId }) => parentId === row.id)
    for (const [index, answer] of model.messages.filter(({ parentId }) => parentId === question.id).entries()) {
      if (!isUnnamed(answer)) continue
      rename(answer.id, answers[index]?.id)
      rename(answer.generation?.id ?? answer.id, answers[index]?.generation?.id)
    }
  }
  return JSON.parse(text) as { model: TreeModel; also: Also }
}
