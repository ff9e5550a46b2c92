import type { Answer } from '#protocol/messages.ts'
import { words } from '../words/words.ts'
import type { AnswerState } from './say.ts'
import type { ShownAnswer } from './use-answer.ts'

type Held = Pick<ShownAnswer, 'answer' | 'written' | 'waitingTokens'>

const ENDED = new Set<Answer['status']>(['completed', 'cancelled', 'failed'])

/** The state of an answer whose text is held; `state` is what would be said of it, were it not. */
export function pausedState(held: Held, state: AnswerState): AnswerState {
  const { pause } = words
  const { status } = held.written
  const what = whatHappened(held, state)
  const waiting = held.waitingTokens > 0 ? pause.waiting(held.waitingTokens) : undefined
  const goesOn = status === 'running' && (what ?? waiting) === undefined ? pause.goesOn : undefined
  const text = join(pause.paused, what, waiting, goesOn)
  const topic = join(pause.paused, what ?? (status === 'running' ? pause.goesOn : undefined))
  // What goes well needs no word beside it; what is waited for, or went wrong, does.
  const facts = status === 'failed' || (!ENDED.has(status) && !isFine(held, state)) ? [state.text] : []
  const line: AnswerState = { tone: toneOf(status, state), text, facts, spoken: { topic, text: topic } }
  if (state.quote) line.quote = state.quote
  return line
}

function whatHappened({ answer, written }: Held, state: AnswerState): string | undefined {
  const { pause } = words
  if (written.status === 'completed') return answer === written ? pause.shownWhole : pause.complete
  if (written.status === 'cancelled') return lowerFirst(state.text)
  if (written.status === 'failed') return pause.failed
  return written.superseded.length > answer.superseded.length ? pause.anew(written.attempt) : undefined
}

function isFine({ written }: Held, state: AnswerState): boolean {
  const said: string[] = [words.state.writing, words.state.thinking]
  return written.status === 'running' && state.tone === 'alive' && said.some((start) => state.text.startsWith(start))
}

/** Whoever holds a text is in no danger: the tone that opens a provider's words comes back with the text. */
function toneOf(status: Answer['status'], { tone }: AnswerState): AnswerState['tone'] {
  if (status === 'completed' || status === 'cancelled') return 'quiet'
  return tone === 'danger' ? 'caution' : tone
}

function join(...parts: (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(', ')
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
