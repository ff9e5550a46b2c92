import { useId, useState } from 'react'
import { classes } from '../ui/classes.ts'
import { words } from '../words/words.ts'
import type { AnswerState } from './say.ts'

const TONES = { quiet: 'text-ink-faint', alive: 'text-accent', caution: 'text-caution', danger: 'text-danger' } as const

export interface AnswerStateLineProps {
  state: AnswerState
  running: boolean
}

/** The small voice under an answer. What was said in detail is one click away while there is still hope, and open after. */
export function AnswerStateLine({ state, running }: AnswerStateLineProps) {
  const [open, setOpen] = useState(false)
  const quoteId = useId()
  const { tone, text, facts, advice, quote } = state
  const folded = quote !== undefined && tone !== 'danger'
  return (
    <div
      className="min-w-0 flex-1 basis-64 py-2 text-voice text-pretty pointer-coarse:py-3.5"
      data-testid="answer-state"
    >
      <p className={TONES[tone]}>
        {running && <Dot moving={tone === 'alive'} />}
        {[text, ...facts].map((part, index) => (
          // Facts keep their places while their figures change.
          <span key={index} className={classes(index > 0 && 'inline-block text-ink-faint')}>
            <Figures text={part} />
            {(index < facts.length || folded) && <Separator />}
          </span>
        ))}
        {advice !== undefined && <span className="text-ink-soft"> {advice}</span>}
        {folded && (
          <button
            type="button"
            data-testid="provider-words"
            aria-expanded={open}
            aria-controls={quoteId}
            onClick={() => setOpen(!open)}
            className="quiet-link relative"
          >
            {open ? words.state.hideDetails : words.state.details}
          </button>
        )}
      </p>
      {quote !== undefined && (!folded || open) && (
        <p id={quoteId} className="mt-2 border-l border-line-strong pl-3 text-ink-soft">
          <span className="text-ink-faint">{quote.label}: </span>
          <span className="font-mono break-words">{quote.text}</span>
        </p>
      )}
    </div>
  )
}

/** It moves while something moves in truth, and stands still while one can only wait. */
function Dot({ moving }: { moving: boolean }) {
  return (
    <span
      className={classes('mr-2 inline-block align-middle', moving ? 'alive-dot' : 'size-1.5 rounded-full bg-current')}
    />
  )
}

/** Digits that keep their width while they count; everything else is set as words are. */
function Figures({ text }: { text: string }) {
  return text.split(/([\d\u2007]+)/).map((piece, index) =>
    index % 2 === 0 ? (
      piece
    ) : (
      <span key={index} className="tabular">
        {piece}
      </span>
    ),
  )
}

function Separator() {
  return (
    <span aria-hidden="true" className="px-1.5 text-line-strong">
      ·
    </span>
  )
}
