import { useQuery } from '@tanstack/react-query'
import { useMemo, useRef } from 'react'
import { useStore } from 'zustand'
import { ClientError } from '#client/client-error.ts'
import type { QueuedTurnView } from '#protocol/api/messages.ts'
import { queueQuery } from '../queue/queue-query.ts'
import { activePath, type PathEntry } from '../store/message-tree.ts'
import type { OutboxItem } from '../store/outbox-item.ts'
import { useApp } from '../store/use-app.ts'
import { nextPlace, type NextPlace } from './next-place.ts'
import { turnsOf, type Turn } from './turns.ts'

export interface Thread {
  conversationId: string | undefined
  title: string | undefined
  /** `deleted`: it was shown a moment ago. */
  status: 'ready' | 'loading' | 'missing' | 'deleted' | 'failed'
  path: readonly PathEntry[]
  turns: readonly Turn[]
  /** The turns that wait on the server. */
  queue: readonly QueuedTurnView[]
  /** Those that are on their way there. */
  waiting: readonly OutboxItem[]
  /** Where the next question goes. */
  next: NextPlace
  reload: () => void
}

const NONE: readonly QueuedTurnView[] = []

/** Everything that is shown of one conversation, or of the page before there is one. */
export function useThread(conversationId: string | undefined): Thread {
  const { cache, client, leafHold, outbox } = useApp()
  const id = conversationId ?? ''
  const enabled = conversationId !== undefined
  const conversation = useQuery({ ...cache.conversation(id), enabled })
  const messages = useQuery({ ...cache.messages(id), enabled })
  const queue = useQuery({ ...queueQuery(client, id), enabled }).data?.items ?? NONE
  const held = useStore(leafHold.store, (leaves) => leaves[id])
  const leafId = held ?? conversation.data?.activeLeafId ?? null
  const items = useStore(outbox.store)
  const undelivered = useMemo(
    () => items.filter((item) => isShown(item, conversationId, outbox.tab)),
    [items, conversationId, outbox.tab],
  )
  const path = useMemo(() => (messages.data ? activePath(messages.data, leafId) : []), [messages.data, leafId])
  const turns = useMemo(() => {
    const pending = undelivered.filter(({ waits }) => !waits)
    return turnsOf(path, pending)
  }, [path, undelivered])
  const loaded = messages.data !== undefined && conversation.data !== undefined
  const error = conversation.error ?? messages.error
  return {
    conversationId,
    title: conversation.data?.title ?? undefined,
    status: useStatus(conversationId, { loaded: !enabled || loaded, pending: undelivered.length > 0, error }),
    path,
    turns,
    queue,
    waiting: useMemo(() => undelivered.filter(({ waits }) => waits), [undelivered]),
    next: nextPlace(path, queue, undelivered),
    reload: () => {
      void conversation.refetch()
      void messages.refetch()
    },
  }
}

/** On the page where a conversation begins stands what was asked in this tab, and what no tab is left to show. */
function isShown(item: OutboxItem, conversationId: string | undefined, tab: string): boolean {
  if (conversationId !== undefined) return item.conversationId === conversationId
  if (item.tab !== tab) return item.conversationId === null && item.state === 'failed'
  return item.conversationId === null || item.arriving === true
}

function useStatus(
  conversationId: string | undefined,
  { loaded, pending, error }: { loaded: boolean; pending: boolean; error: Error | null },
): Thread['status'] {
  const shown = useRef<string>(undefined)
  const gone = error instanceof ClientError && error.status === 404
  if (gone) return shown.current === conversationId && conversationId !== undefined ? 'deleted' : 'missing'
  if (loaded) shown.current = conversationId
  if (loaded || pending) return 'ready'
  return error === null ? 'loading' : 'failed'
}
