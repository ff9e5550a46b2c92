import { createStore, type StoreApi } from 'zustand/vanilla'
import { ClientError, type ClientErrorCode } from '#client/client-error.ts'
import type { MillraceClient } from '#client/create-millrace-client.ts'
import type { ConversationView } from '#protocol/api/conversations.ts'
import type { SendReply } from '#protocol/api/messages.ts'
import { editBodyOf, idAfter, sendBodyOf, type OutboxItem, type Question } from './outbox-item.ts'
import type { OutboxShelf } from './outbox-shelf.ts'
import type { PageLife } from './page-life.ts'

export interface Outbox {
  /** The undelivered questions of all tabs of this browser, the earliest first. */
  store: StoreApi<readonly OutboxItem[]>
  send: (question: Question) => void
  /** Sends a failed question again, and those that failed behind it. */
  retry: (key: string) => void
  /** The server answers again: sends what failed a moment ago because it did not. */
  reconnected: () => void
  /** Takes a failed question out, to edit or drop it. */
  take: (key: string) => OutboxItem | undefined
  /** Sends on what a reload interrupted, and what closed tabs have left. */
  resume: () => void
  /** The name of this tab in the items that were asked in it. */
  tab: string
}

export interface OutboxOptions {
  client: Pick<MillraceClient, 'createConversation' | 'send' | 'edit'>
  shelf: OutboxShelf
  life: PageLife
  newKey: () => string
  now?: () => number
  /** A first question has its conversation. */
  onCreated: (conversation: ConversationView) => void
  /** Resolves when the page has gone to that conversation, if it goes at all. */
  goTo: (conversationId: string, item: OutboxItem) => Promise<void>
  /** The server has it; waited for before the item leaves the outbox, so that nothing blinks. */
  onAccepted: (item: OutboxItem & { conversationId: string }, reply: SendReply) => Promise<void>
}

/** The server remembers a key for a week. An older question could be asked twice: its person decides. */
const RESUMED_FOR_MS = 6 * 24 * 3_600_000
/** So long after it was asked a question is sent by itself once the server answers again; later its person decides. */
const RECONNECTED_FOR_MS = 10 * 60_000
/** What fails again and again although the server answers is no matter of waiting. */
const RECONNECTED_TIMES = 3
const UNANSWERED = new Set<ClientErrorCode>(['network', 'timeout', 'unavailable'])

/**
 * Keeps every question until the server has accepted it. Questions that follow each other are sent one by one. A page
 * delivers its own; when it has gone another one goes on, under the same keys, so that nothing is asked twice.
 */
export function createOutbox(options: OutboxOptions): Outbox {
  const { client, shelf, life, newKey, now = Date.now, onCreated, goTo, onAccepted } = options
  const store = createStore<readonly OutboxItem[]>(() => shelf.read())
  const delivering = new Set<string>()
  const watched = new Set<string>([life.id])
  const resent = new Map<string, number>()
  let leave: (() => void) | undefined
  let lastAskedAt = 0

  const find = (key: string | undefined) => store.getState().find((item) => item.key === key)
  const behind = (key: string) => store.getState().filter(({ after }) => after === key)
  const change = (key: string, patch: Partial<OutboxItem>) => {
    const item = find(key)
    if (!item) return
    const changed = { ...item, ...patch }
    shelf.put(changed)
    store.setState((items) => items.map((each) => (each.key === key ? changed : each)), true)
  }
  const remove = (key: string) => {
    resent.delete(key)
    shelf.remove(key)
    store.setState((items) => items.filter((item) => item.key !== key), true)
  }

  const deliver = async (key: string): Promise<void> => {
    detach(key)
    const item = find(key)
    if (!item || item.after !== undefined || delivering.has(key)) return
    delivering.add(key)
    try {
      const { conversationId, arrived } = await placeFor(item)
      const reply = await request(conversationId, item)
      await onAccepted({ ...item, conversationId }, reply)
      await arrived
      const next = behind(key)
      for (const each of next) change(each.key, { after: undefined, parentId: idAfter(reply), conversationId })
      remove(key)
      for (const each of next) if (each.state === 'sending') void deliver(each.key)
    } catch (cause) {
      const error = cause instanceof ClientError ? cause : new ClientError('bad-response', { cause })
      fail(key, { code: error.code, detail: error.message })
    } finally {
      delivering.delete(key)
    }
  }

  /** A question that failed or was taken back leaves its place to the one behind it. */
  const detach = (key: string) => {
    for (let item = find(key); item?.after !== undefined; item = find(key)) {
      const before = find(item.after)
      if (before?.state === 'sending') return
      change(key, { after: before?.after, ...(before && { parentId: before.parentId }) })
    }
  }

  const fail = (key: string, error: OutboxItem['error']) => {
    change(key, { state: 'failed', error })
    for (const item of behind(key)) if (item.state === 'sending') fail(item.key, error)
  }

  const retry = (key: string) => {
    const again = (each: string): void => {
      change(each, { state: 'sending', error: undefined, owner: life.id })
      for (const item of behind(each)) if (item.state === 'failed') again(item.key)
    }
    again(key)
    void deliver(key)
  }

  const request = (conversationId: string, item: OutboxItem): Promise<SendReply> =>
    item.replaces === undefined
      ? client.send(conversationId, sendBodyOf(item), { idempotencyKey: item.key })
      : client.edit(item.replaces, editBodyOf(item), { idempotencyKey: item.key })

  const placeFor = async (item: OutboxItem): Promise<{ conversationId: string; arrived?: Promise<void> }> => {
    // A reload may have come between the conversation and the way there.
    if (item.conversationId !== null)
      return {
        conversationId: item.conversationId,
        ...(item.arriving && { arrived: arrive(item.conversationId, item) }),
      }
    const conversation = await client.createConversation({})
    for (const { key } of [item, ...behind(item.key)]) change(key, { conversationId: conversation.id, arriving: true })
    onCreated(conversation)
    return { conversationId: conversation.id, arrived: arrive(conversation.id, item) }
  }

  const arrive = async (conversationId: string, item: OutboxItem) => {
    await goTo(conversationId, item)
    for (const each of store.getState())
      if (each.conversationId === conversationId) change(each.key, { arriving: false })
  }

  /** The page may not have arrived yet where the question before has its conversation. */
  const placeBehind = ({ conversationId, after }: Question): Partial<OutboxItem> => {
    const before = find(after)
    if (conversationId !== null || !before || before.conversationId === null) return {}
    return { conversationId: before.conversationId, arriving: before.arriving ?? false }
  }

  const adopt = (isLeft: (item: OutboxItem) => boolean) => {
    const left = store.getState().filter((item) => item.owner !== life.id && isLeft(item))
    for (const { key } of left) change(key, { owner: life.id })
    for (const { key, state, askedAt } of left) {
      if (state !== 'sending') continue
      if (now() - askedAt > RESUMED_FOR_MS) fail(key, { code: 'timeout', detail: '' })
      else void deliver(key)
    }
  }

  const watchOwners = () => {
    for (const { owner } of store.getState()) {
      if (watched.has(owner)) continue
      watched.add(owner)
      life.whenGone(owner, () => {
        watched.delete(owner)
        adopt((item) => item.owner === owner)
      })
    }
  }

  store.subscribe((items) => {
    const busy = items.some(({ owner }) => owner === life.id)
    if (busy) leave ??= life.stay()
    else if (leave) {
      leave()
      leave = undefined
    }
  })
  shelf.onChange(() => {
    store.setState(shelf.read(), true)
    watchOwners()
  })

  return {
    store,
    tab: life.tab,
    send(question) {
      lastAskedAt = Math.max(now(), lastAskedAt + 1)
      const key = newKey()
      const place = {
        key,
        askedAt: lastAskedAt,
        tab: life.tab,
        owner: life.id,
        state: 'sending',
        waits: false,
      } as const
      const item: OutboxItem = { ...place, ...question, ...placeBehind(question) }
      shelf.put(item)
      store.setState((items) => [...items, item], true)
      void deliver(key)
    },
    retry,
    reconnected() {
      const unanswered = store.getState().filter(({ owner, state, error, askedAt }) => {
        const recent = now() - askedAt < RECONNECTED_FOR_MS
        return owner === life.id && state === 'failed' && recent && error !== undefined && UNANSWERED.has(error.code)
      })
      for (const { key, after } of unanswered) {
        const times = resent.get(key) ?? 0
        // One that follows another goes along with it, and not before it.
        if (find(after) || times >= RECONNECTED_TIMES) continue
        resent.set(key, times + 1)
        retry(key)
      }
    },
    take(key) {
      const item = find(key)
      for (const { key: next } of item ? behind(key) : [])
        change(next, { after: item?.after, parentId: item?.parentId ?? null })
      remove(key)
      return item
    },
    resume() {
      adopt((item) => item.tab === life.tab)
      watchOwners()
    },
  }
}
