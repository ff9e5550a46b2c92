import { createStore, type StoreApi } from 'zustand/vanilla'
import { ClientError, type ClientErrorCode } from '#client/client-error.ts'
import type { MillraceClient } from '#client/create-millrace-client.ts'
import type { ConversationView } from '#protocol/api/conversations.ts'
import type { SendMessage, SendReply } from '#protocol/api/messages.ts'

/** A question on its way to the server, or one that could not be delivered. */
export interface OutboxItem {
  /** Idempotency key; every repetition carries the same one, so that the question is asked once. */
  key: string
  /** Null until its conversation was created. */
  conversationId: string | null
  parentId: string | null
  text: string
  model: string | undefined
  thinking: boolean
  state: 'sending' | 'failed'
  /** The conversation was made a moment ago and the page is on its way there; shown on both sides until it arrives. */
  arriving?: boolean
  error?: { code: ClientErrorCode; detail: string }
}

export type Question = Pick<OutboxItem, 'conversationId' | 'parentId' | 'text' | 'model' | 'thinking'>

export interface Outbox {
  store: StoreApi<readonly OutboxItem[]>
  send: (question: Question) => void
  retry: (key: string) => void
  /** Takes a failed question out, to edit or drop it. */
  take: (key: string) => OutboxItem | undefined
  /** Sends on what a reload interrupted. */
  resume: () => void
}

export interface OutboxOptions {
  client: Pick<MillraceClient, 'createConversation' | 'send'>
  storage: Pick<Storage, 'getItem' | 'setItem'>
  newKey: () => string
  /** Resolves when the page has gone to the new conversation, if it goes there at all. */
  onCreated: (conversation: ConversationView) => Promise<void>
  /** The server has it; waited for before the item leaves the outbox, so that nothing blinks. */
  onAccepted: (item: OutboxItem & { conversationId: string }, reply: SendReply) => Promise<void>
}

const STORAGE_KEY = 'millrace.outbox'

/** Keeps every question until the server has accepted it, also across a reload of this tab. */
export function createOutbox({ client, storage, newKey, onCreated, onAccepted }: OutboxOptions): Outbox {
  const store = createStore<readonly OutboxItem[]>(() => read(storage))
  store.subscribe((items) => storage.setItem(STORAGE_KEY, JSON.stringify(items)))

  const change = (key: string, patch: Partial<OutboxItem>) =>
    store.setState((items) => items.map((item) => (item.key === key ? { ...item, ...patch } : item)), true)
  const remove = (key: string) => store.setState((items) => items.filter((item) => item.key !== key), true)

  const deliver = async (item: OutboxItem) => {
    try {
      const { conversationId, arrived } = await placeFor(item)
      const sent = await client.send(conversationId, bodyOf(item), { idempotencyKey: item.key })
      await onAccepted({ ...item, conversationId }, sent)
      await arrived
      remove(item.key)
    } catch (cause) {
      const error = cause instanceof ClientError ? cause : new ClientError('bad-response', { cause })
      change(item.key, { state: 'failed', error: { code: error.code, detail: error.message } })
    }
  }

  const placeFor = async (item: OutboxItem): Promise<{ conversationId: string; arrived?: Promise<void> }> => {
    if (item.conversationId !== null) return { conversationId: item.conversationId }
    const conversation = await client.createConversation({})
    change(item.key, { conversationId: conversation.id, arriving: true })
    const arrived = onCreated(conversation).then(() => change(item.key, { arriving: false }))
    return { conversationId: conversation.id, arrived }
  }

  return {
    store,
    send(question) {
      const item: OutboxItem = { ...question, key: newKey(), state: 'sending' }
      store.setState((items) => [...items, item], true)
      void deliver(item)
    },
    retry(key) {
      change(key, { state: 'sending' })
      const item = store.getState().find((candidate) => candidate.key === key)
      if (item) void deliver(item)
    },
    take(key) {
      const item = store.getState().find((candidate) => candidate.key === key)
      remove(key)
      return item
    },
    resume() {
      for (const item of store.getState()) if (item.state === 'sending') void deliver(item)
    },
  }
}

function bodyOf({ parentId, text, model, thinking }: OutboxItem): SendMessage {
  const body: SendMessage = { parentId, parts: [{ type: 'text', text }] }
  if (model !== undefined) body.model = model
  if (thinking) body.options = { thinking }
  return body
}

function read(storage: Pick<Storage, 'getItem'>): OutboxItem[] {
  try {
    const items: unknown = JSON.parse(storage.getItem(STORAGE_KEY) ?? '[]')
    return Array.isArray(items) ? (items as OutboxItem[]) : []
  } catch {
    return []
  }
}
