import { classes } from '../ui/classes.ts'
import { words } from '../words/words.ts'
import type { AnswerState } from './answer-state.ts'

const TONES = { quiet: 'text-ink-faint', alive: 'text-accent', caution: 'text-caution', danger: 'text-danger' } as const

/** The small voice under an answer. */
export function AnswerStateLine({ state }: { state: AnswerState }) {
  const said = [state.text, ...state.facts].filter((part) => part !== '')
  return (
    <div className="min-w-0 flex-1 basis-64 py-2 text-voice" data-testid="answer-state">
      <p className={classes('tabular', TONES[state.tone])}>
        {state.tone === 'alive' && <span className="alive-dot mr-2 inline-block align-middle" />}
        {said.map((part, index) => (
          <span key={part} className={classes(index > 0 && 'inline-block text-ink-faint')}>
            {part}
            {index < said.length - 1 && <Dot />}
          </span>
        ))}
        {state.advice !== undefined && <span className="text-ink-soft"> {state.advice}</span>}
      </p>
      {state.providerSays !== undefined && (
        <p className="mt-2 border-l border-line-strong pl-3 text-ink-soft">
          <span className="text-ink-faint">{words.state.providerSays}: </span>
          <span className="font-mono break-words">{state.providerSays}</span>
        </p>
      )}
    </div>
  )
}

function Dot() {
  return (
    <span aria-hidden="true" className="px-1.5 text-line-strong">
      ·
    </span>
  )
}
