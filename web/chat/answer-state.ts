import type { Answer } from '#protocol/messages.ts'
import { CIRCUIT_OPEN, type GenerationError } from '#protocol/provider-error.ts'
import type { RunningView } from '../store/running-answer.ts'
import { words } from '../words/words.ts'
import { attemptFacts } from './attempt-facts.ts'
import { endedState } from './ended-state.ts'
import { modelName } from './model-name.ts'
import { switchWords } from './switch-words.ts'
import { say, withQuote, type AnswerState } from './say.ts'

/** Silence after which an answer that was being written counts as stalled. */
const STALLED_AFTER_MS = 5_000
/** Longer than a provider with some load takes to its first word. */
const LATE_AFTER_MS = 10_000
/** A lost worker is replaced within this time, unless something is wrong with it as well. */
const RECOVERY_LATE_AFTER_MS = 5_000

const { state } = words

/**
 * The state of an answer in words. `live` is absent for an answer that was loaded ended; `nowMs` is UTC on the server's
 * clock, as all times in an answer are.
 */
export function answerState(answer: Answer, live: RunningView | undefined, nowMs: number): AnswerState {
  // What was logged has happened: a reading of the time that is older than that is late.
  return endedState(answer) ?? unfinished(answer, live, Math.max(nowMs, live?.lastEventAt ?? 0))
}

function unfinished(answer: Answer, live: RunningView | undefined, nowMs: number): AnswerState {
  if (live?.error) return say('danger', state.unfollowable)
  if (live?.stopping) return say('alive', state.stopping)
  if (live?.connection === 'lost') return say('caution', state.reconnecting)
  const silentMs = live?.lastEventAt === undefined ? 0 : nowMs - live.lastEventAt
  switch (answer.status) {
    case 'queued':
      return say('alive', queued(live?.queuedBefore))
    case 'waiting':
      return waiting(answer, live, nowMs)
    case 'recovering':
      return recovering(answer, silentMs)
    default:
      return running(answer, silentMs, nowMs)
  }
}

function queued(before: number | undefined): string {
  if (before === undefined) return state.queued
  return before === 0 ? state.queuedNext : state.queuedAt(before + 1)
}

function waiting({ phase }: Answer, live: RunningView | undefined, nowMs: number): AnswerState {
  const { error, untilMs = nowMs, tryNumber } = phase ?? {}
  const wholeMs = untilMs - (live?.lastEventAt ?? nowMs)
  const text = state.waiting(waitingFor(error), untilMs - nowMs, wholeMs)
  // Who is left alone has not been tried.
  const facts = tryNumber === undefined || tryNumber < 2 ? [] : [state.try(tryNumber)]
  const spoken = { topic: `waiting ${tryNumber}`, text: [text, ...facts].join(', ') }
  return withQuote({ tone: 'caution', text, facts, spoken }, error)
}

function waitingFor(error: GenerationError | undefined): string {
  if (error?.providerCode === CIRCUIT_OPEN) return state.leftAlone
  switch (error?.kind) {
    case 'rate-limit':
      return state.rateLimited
    case 'overloaded':
      return state.overloaded
    case 'network':
    case 'timeout':
      return state.unreachable
    default:
      return state.troubled
  }
}

function recovering(answer: Answer, silentMs: number): AnswerState {
  const text = state.recovering(answer.attempt + 1)
  const line = say('caution', text, text)
  if (silentMs > RECOVERY_LATE_AFTER_MS) line.facts.push(state.recoveringFor(silentMs))
  return line
}

function running(answer: Answer, silentMs: number, nowMs: number): AnswerState {
  const last = answer.parts.at(-1)
  const resuming = answer.attemptReason === 'resumed' && answer.phase?.code === 'connecting'
  if (last === undefined || resuming) return beforeWords(answer, silentMs)
  if (silentMs > STALLED_AFTER_MS) {
    return say('caution', state.stalled(silentMs), `stalled ${Math.floor(silentMs / 60_000)}`)
  }
  const facts = attemptFacts(answer)
  if (last.type !== 'reasoning' || last.endedAt !== undefined)
    return { ...say('alive', state.writing), facts, spoken: once([state.writing, ...facts].join(', ')) }
  const text = last.startedAt === undefined ? state.thinking : state.thinkingFor(nowMs - last.startedAt)
  return { ...say('alive', text, state.thinking), facts }
}

/** Nothing can be read yet, or nothing more of an answer that is taken up again. */
function beforeWords(answer: Answer, silentMs: number): AnswerState {
  const facts = attemptFacts(answer)
  if (silentMs > LATE_AFTER_MS) {
    const line = say('alive', state.firstWord(silentMs), `first word ${Math.floor(silentMs / 60_000)}`)
    return { ...line, facts }
  }
  const { spoken: _unsaid, ...line } = say('alive', connecting(answer))
  const [attempt] = facts
  const news = switchWords(answer) ?? attempt
  return news === undefined ? line : { ...line, facts, spoken: once(news) }
}

function connecting(answer: Answer): string {
  if (answer.attempt === 0) return state.starting
  return answer.attemptReason === 'resumed' ? state.resuming : state.connecting(modelName(answer))
}

function once(text: string) {
  return { topic: text, text }
}
