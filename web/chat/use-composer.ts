import { useRef, type KeyboardEvent, type RefObject } from 'react'
import { useStore } from 'zustand'
import { useApp } from '../store/use-app.ts'
import { isComposing } from '../ui/is-composing.ts'
import { useGrowth } from '../ui/use-growth.ts'

export interface ComposerControls {
  field: RefObject<HTMLTextAreaElement | null>
  text: string
  canSend: boolean
  change: (text: string) => void
  submit: () => void
  onKeyDown: (event: KeyboardEvent<HTMLTextAreaElement>) => void
}

export interface ComposerOptions {
  /** Under which name the draft is kept. */
  draftKey: string
  onSend: (text: string) => void
  /** Up-arrow in the empty field. */
  onEditLast: (() => void) | undefined
}

/** The behaviour of the composer: draft, growth, and Enter that is safe while an input method composes. */
export function useComposer({ draftKey, onSend, onEditLast }: ComposerOptions): ComposerControls {
  const { drafts } = useApp()
  const text = useStore(drafts.store, (all) => all[draftKey] ?? '')
  const field = useRef<HTMLTextAreaElement>(null)
  const canSend = text.trim() !== ''
  useGrowth(field, text)
  const submit = () => {
    // As it is now, and not as it was drawn: a key that comes twice at once sends once.
    const draft = drafts.get(draftKey)
    if (draft.trim() === '') return
    // In this order the text is always kept somewhere: the outbox has it until the server does.
    onSend(draft)
    drafts.forget(draftKey)
  }
  return {
    field,
    text,
    canSend,
    change: (next) => drafts.set(draftKey, next),
    submit,
    onKeyDown(event) {
      if (isComposing(event)) return
      if (event.key === 'ArrowUp' && text === '' && onEditLast && !hasModifier(event)) {
        event.preventDefault()
        onEditLast()
      }
      if (event.key !== 'Enter' || event.shiftKey) return
      event.preventDefault()
      submit()
    },
  }
}

function hasModifier({ altKey, ctrlKey, metaKey, shiftKey }: KeyboardEvent): boolean {
  return altKey || ctrlKey || metaKey || shiftKey
}
