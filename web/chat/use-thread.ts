import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useStore } from 'zustand'
import { ClientError } from '#client/client-error.ts'
import { activePath } from '../store/message-tree.ts'
import type { OutboxItem } from '../store/outbox.ts'
import { useApp } from '../store/use-app.ts'
import { turnsOf, type Turn } from './turns.ts'

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
