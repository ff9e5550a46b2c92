import { useEffect, useRef, type KeyboardEvent, type RefObject } from 'react'
import { useStore } from 'zustand'
import { useApp } from '../store/use-app.ts'
import { isComposing } from '../ui/is-composing.ts'

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
  /** While an answer is written nothing can be sent; the draft stays. */
  busy: boolean
  onSend: (text: string) => void
}

/** The behaviour of the composer: draft, growth, and Enter that is safe while an input method composes. */
export function useComposer({ draftKey, busy, onSend }: ComposerOptions): ComposerControls {
  const { drafts } = useApp()
  const text = useStore(drafts.store, (all) => all[draftKey] ?? '')
  const field = useRef<HTMLTextAreaElement>(null)
  const canSend = !busy && text.trim() !== ''
  useGrowth(field, text)
  const submit = () => {
    if (!canSend) return
    drafts.set(draftKey, '')
    onSend(text)
  }
  return {
    field,
    text,
    canSend,
    change: (next) => drafts.set(draftKey, next),
    submit,
    onKeyDown(event) {
      if (event.key !== 'Enter' || event.shiftKey || isComposing(event)) return
      event.preventDefault()
      submit()
    },
  }
}

function useGrowth(field: RefObject<HTMLTextAreaElement | null>, text: string): void {
  useEffect(() => {
    const area = field.current
    if (!area) return
    area.style.height = 'auto'
    area.style.height = `${area.scrollHeight}px`
  }, [field, text])
}
