import { useState } from 'react'
import { plainText, type Answer } from '#protocol/messages.ts'
import { words } from '../words/words.ts'

/** Says that an answer was begun anew or comes from another model, and keeps what was replaced one click away. */
export function AttemptNote({ answer }: { answer: Answer }) {
  const [open, setOpen] = useState(false)
  const { superseded, switchedFrom } = answer
  if (superseded.length === 0 && !switchedFrom) return null
  return (
    <div className="mb-4 border-l-2 border-line-strong pl-4 text-voice text-ink-soft">
      {switchedFrom && <p className="py-0.5">{switched(answer)}</p>}
      {superseded.length > 0 && (
        <div className="flex flex-wrap items-center gap-x-2">
          <span>{attempt(answer)}</span>
          <button
            type="button"
            data-testid="superseded-open"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
            className="rounded-sm py-1 text-accent underline decoration-line-strong underline-offset-3 hover:decoration-accent pointer-coarse:min-h-11"
          >
            {open ? words.attempt.close : words.attempt.open(superseded.length)}
          </button>
        </div>
      )}
      {open &&
        superseded.map((old) => (
          <section key={old.attempt} data-testid="superseded-text" className="pt-3">
            <h4 className="text-ink-faint">{words.attempt.title(old.attempt)}</h4>
            <p className="pt-1 text-ui leading-6 break-words whitespace-pre-wrap">{plainText(old.parts)}</p>
          </section>
        ))}
    </div>
  )
}

function attempt(answer: Answer): string {
  const { attemptReason: reason } = answer
  if (answer.status === 'failed' && answer.superseded.some((old) => old.attempt > 1)) return words.attempt.keptLongest
  if (reason === 'worker-lost') return words.attempt.lost(answer.attempt)
  if (reason === 'drained') return words.attempt.drained(answer.attempt)
  return words.attempt.unknown(answer.attempt)
}

function switched({ switchedFrom, model }: Answer): string {
  const reason = switchedFrom?.reason ?? ''
  const known = Object.entries(words.failure).find(([kind]) => kind === reason)
  return words.state.switched(switchedFrom?.model ?? '', model ?? '', known ? known[1][0].toLowerCase() : reason)
}
