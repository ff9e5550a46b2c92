import { useState } from 'react'

const FOLD_CHARACTERS = 160

/** Two lines of a text that may be long; the whole of it on a press. */
export function FoldedText({ text }: { text: string }) {
  const [open, setOpen] = useState(false)
  const long = text.length > FOLD_CHARACTERS || text.trim().split('\n').length > 2
  if (!long) return <p className="break-words whitespace-pre-wrap">{text}</p>
  return (
    <button
      type="button"
      aria-expanded={open}
      onClick={() => setOpen(!open)}
      className="block w-full rounded-sm text-left select-text pointer-coarse:-my-3 pointer-coarse:py-3"
    >
      <span className={open ? 'block break-words whitespace-pre-wrap' : 'line-clamp-2 break-words whitespace-pre-wrap'}>
        {text}
      </span>
    </button>
  )
}
