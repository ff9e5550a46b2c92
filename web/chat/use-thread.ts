import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useStore } from 'zustand'
import { ClientError } from '#client/client-error.ts'
import { activePath, type PathEntry } from '../store/message-tree.ts'
import type { OutboxItem } from '../store/outbox.ts'
import { useApp } from '../store/use-app.ts'

/** A question with the answer below it; an undelivered question stands in a turn of its own. */
export interface Turn {
  key: string
  question: PathEntry | undefined
  answer: PathEntry | undefined
  pending: OutboxItem | undefined
}

export interface Thread {
  conversationId: string | undefined
  title: string | undefined
  status: 'ready' | 'loading' | 'missing' | 'failed'
  turns: readonly Turn[]
  /** What the next question answers to. */
  lastId: string | null
  reload: () => void
}

/** Everything that is shown of one conversation, or of the page before there is one. */
export function useThread(conversationId: string | undefined): Thread {
  const { cache, outbox } = useApp()
  const id = conversationId ?? ''
  const enabled = conversationId !== undefined
  const conversation = useQuery({ ...cache.conversation(id), enabled })
  const messages = useQuery({ ...cache.messages(id), enabled })
  const items = useStore(outbox.store)
  const pending = useMemo(() => items.filter((item) => isShown(item, conversationId)), [items, conversationId])
  const path = useMemo(
    () => (messages.data ? activePath(messages.data, conversation.data?.activeLeafId ?? null) : []),
    [messages.data, conversation.data?.activeLeafId],
  )
  const turns = useMemo(() => turnsOf(path, pending), [path, pending])
  const ready = !enabled || (messages.data !== undefined && conversation.data !== undefined)
  return {
    conversationId,
    title: conversation.data?.title ?? undefined,
    status: ready || pending.length > 0 ? 'ready' : statusOf(messages.error ?? conversation.error),
    turns,
    lastId: path.at(-1)?.message.id ?? null,
    reload: () => {
      void conversation.refetch()
      void messages.refetch()
    },
  }
}

function isShown(item: OutboxItem, conversationId: string | undefined): boolean {
  if (conversationId === undefined) return item.conversationId === null || item.arriving === true
  return item.conversationId === conversationId
}

function statusOf(error: Error | null): Thread['status'] {
  if (error === null) return 'loading'
  return error instanceof ClientError && error.status === 404 ? 'missing' : 'failed'
}

function turnsOf(path: readonly PathEntry[], pending: readonly OutboxItem[]): Turn[] {
  const turns: Turn[] = []
  for (const entry of cutForEdit(path, pending)) {
    const last = turns.at(-1)
    if (entry.message.role === 'assistant' && last && !last.answer) last.answer = entry
    else if (entry.message.role === 'assistant')
      turns.push({ key: entry.message.id, question: undefined, answer: entry, pending: undefined })
    else turns.push({ key: entry.message.id, question: entry, answer: undefined, pending: undefined })
  }
  for (const item of pending) turns.push({ key: item.key, question: undefined, answer: undefined, pending: item })
  return turns
}

/** While an edited question is on its way, what it replaces is not shown below it. */
function cutForEdit(path: readonly PathEntry[], pending: readonly OutboxItem[]): readonly PathEntry[] {
  const sending = pending.find(({ state }) => state === 'sending')
  if (!sending) return path
  const parent = path.findIndex(({ message }) => message.id === sending.parentId)
  return path.slice(0, parent + 1)
}
