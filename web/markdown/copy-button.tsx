import { Check, Copy } from 'lucide-react'
import { useCopy } from '../ui/use-copy.ts'
import { markdownWords } from '../words/markdown-words.ts'

/** `text` is asked at the moment of the click: while an answer streams, what is there by then is copied. */
export function CopyButton({ label = markdownWords.copy, text }: { label?: string; text: () => string }) {
  const { copied, copy } = useCopy()
  const Icon = copied ? Check : Copy
  return (
    <button type="button" className="md-copy" onClick={() => copy(text())} data-copied={copied || undefined}>
      <Icon aria-hidden size={14} strokeWidth={1.75} />
      <span>{copied ? markdownWords.copied : label}</span>
    </button>
  )
}
