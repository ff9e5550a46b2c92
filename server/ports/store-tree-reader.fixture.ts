import { expect } from 'vitest'
import type { Conversation, MessageRow, Store } from './store.ts'
import type { QueuedTurn } from '#server/domain/queued-turn.ts'

/** One client's picture of everything: as old as its last look. */
export interface TreeReader {
  upTo: number
  /** The last of the model's steps that it has seen. */
  step: number
  conversations: Map<string, Conversation>
  messages: Map<string, Map<string, MessageRow>>
  /** Up to which revision it has each conversation's messages. */
  readUpTo: Map<string, number>
  queues: Map<string, QueuedTurn[]>
  /** Every id that it ever saw, messages and turns: tabs remember. */
  seen: string[]
}

export function newReader(): TreeReader {
  const maps = { conversations: new Map(), messages: new Map(), readUpTo: new Map(), queues: new Map() }
  return { upTo: 0, step: 0, ...maps, seen: [] }
}

/** Reads what has changed since it looked last, in pages of this many conversations. */
export async function look(reader: TreeReader, store: Store, userId: string, limit: number): Promise<void> {
  for (;;) {
    const page = await store.listChanges(userId, { since: reader.upTo, limit })
    expect(page.conversations.length).toBeLessThanOrEqual(limit)
    for (const conversation of page.conversations) await lookInto(reader, store, conversation)
    expect(page.upTo).toBeGreaterThanOrEqual(reader.upTo)
    reader.upTo = page.upTo
    if (page.conversations.length < limit) return
  }
}

async function lookInto(reader: TreeReader, store: Store, conversation: Conversation): Promise<void> {
  const { id, userId, revision, deletedAt } = conversation
  reader.conversations.set(id, conversation)
  if (deletedAt !== null) return
  const since = reader.readUpTo.get(id) ?? 0
  const messages = reader.messages.get(id) ?? new Map<string, MessageRow>()
  reader.messages.set(id, messages)
  for (const message of (await store.listMessages(userId, id, { limit: 1_000, since })) ?? []) {
    messages.set(message.id, message)
    note(reader, message.id)
  }
  reader.readUpTo.set(id, revision)
  const queue = (await store.listQueue(userId, id)) ?? []
  reader.queues.set(id, queue)
  for (const turn of queue) note(reader, turn.id)
}

export function note({ seen }: TreeReader, id: string): void {
  if (!seen.includes(id)) seen.push(id)
}

/** Whoever has followed the changes has what one has who reads everything now. */
export async function expectComplete(reader: TreeReader, store: Store, userId: string): Promise<void> {
  const all = newReader()
  await look(all, store, userId, 100)
  expect(reader.upTo).toBe(all.upTo)
  expect(reader.conversations, 'conversations by their changes').toEqual(all.conversations)
  for (const { id, deletedAt } of all.conversations.values()) {
    if (deletedAt !== null) continue
    expect(reader.messages.get(id), 'messages by their changes').toEqual(all.messages.get(id))
    expect(reader.queues.get(id), 'the queue by its changes').toEqual(all.queues.get(id))
  }
}
