import { useState } from 'react'
import { plainText, type Answer, type SupersededAttempt } from '#protocol/messages.ts'
import { words } from '../words/words.ts'
import { switchWords } from './switch-words.ts'

/** Says that an answer was begun anew or comes from another model, and keeps what was replaced one click away. */
export function AttemptNote({ answer }: { answer: Answer }) {
  const [open, setOpen] = useState(false)
  const { superseded, keptAttempt } = answer
  const switched = switchWords(answer)
  if (superseded.length === 0 && switched === undefined) return null
  const { openLabel, titleOf } = keptAttempt === undefined ? EARLIER : OTHER
  return (
    <div className="mb-4 border-l-2 border-line-strong pl-4 text-voice text-ink-soft">
      {switched !== undefined && (
        <p data-testid="switched" className="py-0.5 break-words">
          {switched}
        </p>
      )}
      {superseded.length > 0 && (
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1 py-1">
          <span>{attempt(answer)}</span>
          <button
            type="button"
            data-testid="superseded-open"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
            className="quiet-link relative"
          >
            {open ? words.attempt.close(superseded.length) : openLabel(superseded.length)}
          </button>
        </div>
      )}
      {open && superseded.map((old) => <Superseded key={old.attempt} title={titleOf(old.attempt)} old={old} />)}
    </div>
  )
}

const EARLIER = { openLabel: words.attempt.open, titleOf: words.attempt.title }
const OTHER = { openLabel: words.attempt.openOther, titleOf: words.attempt.titleOther }

function Superseded({ title, old }: { title: string; old: SupersededAttempt }) {
  const text = plainText(old.parts)
  const thought = old.parts.map((part) => (part.type === 'reasoning' ? part.text : '')).join('\n\n')
  return (
    <section data-testid="superseded-text" className="pt-3">
      <h4 className="text-ink-faint">{title}</h4>
      {text === '' && <h5 className="text-ink-faint">{words.attempt.onlyThought}</h5>}
      <p className="pt-1 text-ui leading-6 break-words whitespace-pre-wrap">{text === '' ? thought.trim() : text}</p>
    </section>
  )
}

function attempt(answer: Answer): string {
  const { attemptReason: reason, keptAttempt } = answer
  if (keptAttempt !== undefined) return words.attempt.kept(keptAttempt, answer.attempt)
  if (reason === 'worker-lost') return words.attempt.lost(answer.attempt)
  if (reason === 'drained') return words.attempt.drained(answer.attempt)
  return words.attempt.unknown(answer.attempt)
}
