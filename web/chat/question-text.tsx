import { useState, type ReactNode } from 'react'
import { classes } from '../ui/classes.ts'
import { words } from '../words/words.ts'

/** Longer questions are folded: the answer is what one comes back for. */
const FOLD_LINES = 12
const FOLD_CHARACTERS = 900

/** The person's own words, set apart by a light ground; their left edge stays that of the answers. */
export function QuestionText({ text, children }: { text: string; children?: ReactNode }) {
  const long = text.length > FOLD_CHARACTERS || text.split('\n').length > FOLD_LINES
  const [open, setOpen] = useState(false)
  return (
    <div className="-mx-3 sm:-mx-4">
      <div className="group/question relative w-fit max-w-full min-w-24 rounded-lg bg-tint px-3 py-2.5 sm:px-4 pointer-coarse:pr-12">
        <h3 className="sr-only">{words.thread.question}</h3>
        <div
          data-testid="question"
          className={classes(
            'text-body leading-7 break-words whitespace-pre-wrap text-ink',
            long && !open && 'line-clamp-[10]',
          )}
        >
          {text}
        </div>
        {long && (
          <button
            type="button"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
            className="mt-1 rounded-sm text-voice text-ink-faint hover:text-ink pointer-coarse:min-h-11"
          >
            {open ? words.thread.showLess : words.thread.showAll}
          </button>
        )}
        {children}
      </div>
    </div>
  )
}
