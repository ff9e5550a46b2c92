import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useStore } from 'zustand'
import type { MessageView } from '#protocol/api/messages.ts'
import type { MessagePart } from '#protocol/messages.ts'
import { attachmentsOf } from '../store/outbox-item.ts'
import { useApp } from '../store/use-app.ts'
import { Button } from '../ui/button.tsx'
import { isComposing } from '../ui/is-composing.ts'
import { useGrowth } from '../ui/use-growth.ts'
import { words } from '../words/words.ts'
import { useAsk } from './use-ask.ts'

/** Asks a question again in other words; the old one stays as a version. */
export function QuestionEditor({ message }: { message: MessageView }) {
  const app = useApp()
  const { edits } = app
  const draft = useStore(edits.store, (drafts) => drafts[message.id] ?? '')
  const field = useRef<HTMLTextAreaElement>(null)
  useGrowth(field, draft)
  const movedOn = useHeldLeaf(message)
  const ask = useAsk(app)
  const close = () => edits.forget(message.id)
  const send = () => {
    if (draft.trim() === '') return
    const { id: replaces, conversationId, parentId } = message
    ask({ conversationId, parentId, replaces, text: draft, ...attachmentsOf(message.parts as MessagePart[]) })
    close()
  }
  return (
    <div
      data-editor
      className="-mx-3 mb-5 rounded-lg bg-tint p-3 sm:-mx-4 ring-1 ring-line-strong focus-within:ring-accent"
    >
      <textarea
        // The person has just asked to edit exactly this.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        data-testid="question-editor"
        value={draft}
        aria-label={words.question.editLabel}
        rows={1}
        ref={field}
        onFocus={({ currentTarget: field }) => field.setSelectionRange(field.value.length, field.value.length)}
        onChange={(event) => edits.set(message.id, event.currentTarget.value)}
        onKeyDown={(event) => {
          if (isComposing(event)) return
          if (event.key === 'Escape') {
            event.stopPropagation()
            close()
          }
          if (event.key !== 'Enter' || event.shiftKey) return
          event.preventDefault()
          send()
        }}
        className="block max-h-[50dvh] w-full resize-none bg-transparent px-1 text-body leading-7 outline-none"
      />
      {movedOn && <output className="block px-1 pt-1 text-voice text-ink-soft">{words.question.movedOn}</output>}
      <div className="flex justify-end gap-2 pt-2">
        <Button onClick={close}>{words.question.cancel}</Button>
        <Button look="primary" disabled={draft.trim() === ''} onClick={send}>
          {words.question.ask}
        </Button>
      </div>
    </div>
  )
}

/**
 * Keeps the branch in view that is being edited; says whether another device has gone to another one meanwhile. New
 * answers below go on appearing.
 */
function useHeldLeaf({ id, conversationId }: MessageView): boolean {
  const { cache, leafHold } = useApp()
  const activeLeafId = useQuery(cache.conversation(conversationId)).data?.activeLeafId ?? id
  const atFirst = useRef(activeLeafId)
  useEffect(() => leafHold.hold(conversationId, atFirst.current), [leafHold, conversationId])
  const held = useStore(leafHold.store, (leaves) => leaves[conversationId])
  const messages = useQuery(cache.messages(conversationId)).data ?? []
  return held !== undefined && !isBelow(messages, activeLeafId, held) && !isBelow(messages, held, activeLeafId)
}

/** Whether the message stands on the way from the root to this leaf. */
function isBelow(messages: readonly MessageView[], leafId: string, id: string): boolean {
  const parents = new Map(messages.map((message) => [message.id, message.parentId]))
  for (let at: string | null | undefined = leafId; at; at = parents.get(at)) if (at === id) return true
  return false
}
