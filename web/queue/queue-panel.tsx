import { useRef } from 'react'
import { useStore } from 'zustand'
import type { QueuedTurnView } from '#protocol/api/messages.ts'
import { waitsAt } from '../chat/next-place.ts'
import type { Thread } from '../chat/use-thread.ts'
import type { OutboxItem } from '../store/outbox-item.ts'
import { useApp } from '../store/use-app.ts'
import { words } from '../words/words.ts'
import { OrphanedEdit } from './orphaned-edit.tsx'
import { QueueHeader } from './queue-header.tsx'
import { QueueItem } from './queue-item.tsx'
import { turnEditsIn } from './turn-edit.ts'
import { UndeliveredTurn } from './undelivered-turn.tsx'
import { useFlip } from './use-flip.ts'
import { useQueueActions } from './use-queue-actions.ts'
import { useReorder } from './use-reorder.ts'

/** The questions that wait until the answer before them is complete; not there while there are none. */
export function QueuePanel({ thread }: { thread: Thread }) {
  const { conversationId = '', queue, waiting, path } = thread
  const { edits } = useApp()
  const drafts = useStore(edits.store)
  if (thread.status !== 'ready') return null
  const open = turnEditsIn(drafts, conversationId)
  const orphaned = open.filter(({ turnId }) => !queue.some(({ id }) => id === turnId))
  if (queue.length + waiting.length + orphaned.length === 0) return null
  return (
    <section
      aria-label={words.queue.label}
      data-testid="queue"
      className="relative mb-2 rounded-lg border border-line bg-wash"
    >
      <QueueHeader conversationId={conversationId} queue={queue} waiting={waiting} />
      <Waiting conversationId={conversationId} queue={queue} waiting={waiting} isHere={(turn) => waitsAt(turn, path)} />
      {orphaned.map((edit) => (
        <OrphanedEdit key={edit.name} edit={edit} conversationId={conversationId} />
      ))}
    </section>
  )
}

interface WaitingProps {
  conversationId: string
  queue: readonly QueuedTurnView[]
  waiting: readonly OutboxItem[]
  isHere: (turn: QueuedTurnView) => boolean
}

function Waiting({ conversationId, queue, waiting, isHere }: WaitingProps) {
  const list = useRef<HTMLOListElement>(null)
  const actions = useQueueActions(conversationId)
  const { turns, dragged, handleProps, move, said } = useReorder(queue, list, actions.reorder)
  useFlip(list)
  return (
    <>
      <ol ref={list} className="relative max-h-[min(34dvh,15rem)] overflow-y-auto overscroll-contain px-1 pb-1">
        {turns.map((turn, index) => (
          <QueueItem
            key={turn.id}
            turn={turn}
            place={index + 1}
            of={turns.length}
            dragged={turn.id === dragged}
            elsewhere={!isHere(turn)}
            actions={actions}
            handle={handleProps(turn.id)}
            onMove={(by) => move(turn.id, by)}
          />
        ))}
        {waiting.map((item) => (
          <UndeliveredTurn key={item.key} item={item} />
        ))}
      </ol>
      <output className="sr-only">{said}</output>
    </>
  )
}
