import { useState } from 'react'
import type { MessageView } from '#protocol/api/messages.ts'
import { useApp } from '../store/use-app.ts'
import { Button } from '../ui/button.tsx'
import { isComposing } from '../ui/is-composing.ts'
import { words } from '../words/words.ts'
import { useAsk } from './use-ask.ts'

export interface QuestionEditorProps {
  message: MessageView
  text: string
  onClose: () => void
}

/** Asks a question again in other words; the old one stays as a version. */
export function QuestionEditor({ message, text, onClose }: QuestionEditorProps) {
  const [draft, setDraft] = useState(text)
  const ask = useAsk(useApp())
  const send = () => {
    if (draft.trim() === '') return
    ask({ conversationId: message.conversationId, parentId: message.parentId, text: draft })
    onClose()
  }
  return (
    <div className="-mx-3 mb-5 rounded-lg bg-tint p-3 sm:-mx-4 ring-1 ring-line-strong focus-within:ring-accent">
      <textarea
        // The person has just asked to edit exactly this.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        value={draft}
        aria-label={words.question.editLabel}
        rows={Math.min(12, draft.split('\n').length + 1)}
        onChange={(event) => setDraft(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (isComposing(event)) return
          if (event.key === 'Escape') {
            event.stopPropagation()
            onClose()
          }
          if (event.key !== 'Enter' || event.shiftKey) return
          event.preventDefault()
          send()
        }}
        className="block w-full resize-none bg-transparent px-1 text-body leading-7 outline-none"
      />
      <div className="flex justify-end gap-2 pt-2">
        <Button onClick={onClose}>{words.question.cancel}</Button>
        <Button look="primary" disabled={draft.trim() === ''} onClick={send}>
          {words.question.ask}
        </Button>
      </div>
    </div>
  )
}
