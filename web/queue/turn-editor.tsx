import { useEffect, useRef } from 'react'
import { useStore } from 'zustand'
import type { QueuedTurnView } from '#protocol/api/messages.ts'
import { plainText } from '#protocol/messages.ts'
import { attachmentsOf } from '../store/outbox-item.ts'
import { useApp } from '../store/use-app.ts'
import { Button } from '../ui/button.tsx'
import { isComposing } from '../ui/is-composing.ts'
import { useGrowth } from '../ui/use-growth.ts'
import { words } from '../words/words.ts'
import { turnEditsIn } from './turn-edit.ts'
import type { QueueActions } from './use-queue-actions.ts'

export interface TurnEditorProps {
  turn: QueuedTurnView
  /** The name of the edit among the drafts. */
  name: string
  actions: QueueActions
}

/** Edits a turn where it waits. One that was edited elsewhere meanwhile is shown beside what is typed here. */
export function TurnEditor({ turn, name, actions }: TurnEditorProps) {
  const { edits } = useApp()
  const text = useStore(edits.store, (drafts) => drafts[name] ?? '')
  const edit = turnEditsIn({ [name]: text }, turn.conversationId)[0]
  const changed = edit?.revision !== turn.revision
  const close = () => edits.forget(name)
  const save = () => {
    if (!edit || text.trim() === '') return
    void actions.save({ ...edit, revision: turn.revision, ...attachmentsOf(turn.parts) })
  }
  const field = useRef<HTMLTextAreaElement>(null)
  useGrowth(field, text)
  useEffect(() => {
    // A menu gives the focus back to its button as it closes; the field takes it after that.
    const focusing = requestAnimationFrame(() => {
      field.current?.focus()
      field.current?.setSelectionRange(field.current.value.length, field.current.value.length)
    })
    return () => cancelAnimationFrame(focusing)
  }, [])
  const frame = useRef<HTMLDivElement>(null)
  useEffect(() => {
    void frame.current?.scrollIntoView?.({ block: 'nearest' })
  }, [changed, text])
  return (
    <div ref={frame} className="p-1">
      <div className="rounded-md bg-raised p-2 ring-1 ring-line-strong focus-within:ring-accent">
        <textarea
          ref={field}
          data-testid="turn-editor"
          value={text}
          aria-label={words.queue.editLabel}
          rows={1}
          onChange={(event) => edits.set(name, event.currentTarget.value)}
          onKeyDown={(event) => {
            if (isComposing(event)) return
            if (event.key === 'Escape') {
              event.stopPropagation()
              close()
            }
            if (event.key !== 'Enter' || event.shiftKey) return
            event.preventDefault()
            if (!changed) save()
          }}
          className="block max-h-28 w-full resize-none bg-transparent px-1 text-ui leading-6 outline-none pointer-coarse:py-2.5 pointer-coarse:text-body"
        />
        {changed && <Theirs text={plainText(turn.parts)} />}
        <div className="flex flex-wrap justify-end gap-2 pt-2">
          <Button onClick={close}>{changed ? words.queue.keepTheirs : words.queue.cancel}</Button>
          <Button look="primary" data-testid="save-turn" disabled={text.trim() === ''} onClick={save}>
            {changed ? words.queue.saveMine : words.queue.save}
          </Button>
        </div>
      </div>
    </div>
  )
}

function Theirs({ text }: { text: string }) {
  return (
    <div role="alert" data-testid="turn-conflict" className="mx-1 mt-2 border-t border-line pt-2">
      <p className="text-voice text-caution">{words.queue.changed}</p>
      <p className="max-h-24 overflow-y-auto pt-1 text-ui break-words whitespace-pre-wrap text-ink-soft">{text}</p>
    </div>
  )
}
