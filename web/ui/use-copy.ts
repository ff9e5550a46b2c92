import { useEffect, useState } from 'react'
import { words } from '../words/words.ts'
import { notify } from './toast-store.ts'

/** Copies text exactly as it is given; `copied` stays true for a moment so that a button can say so. */
export function useCopy(): { copied: boolean; copy: (text: string) => void } {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1600)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = (text: string) => {
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () => notify(words.answer.copyFailed),
    )
  }
  return { copied, copy }
}
