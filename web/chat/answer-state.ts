import type { Answer } from '#protocol/messages.ts'
import type { GenerationError } from '#protocol/provider-error.ts'
import type { RunningView } from '../store/running-answer.ts'
import { words } from '../words/words.ts'

/** What stands under an answer: one sentence, quieter facts beside it, and the provider's own words below it. */
export interface AnswerState {
  tone: 'quiet' | 'alive' | 'caution' | 'danger'
  text: string
  facts: string[]
  advice?: string
  providerSays?: string
}

/** Silence after which an answer that was being written counts as stalled. */
const STALLED_AFTER_MS = 10_000

const { state } = words

/** The state of an answer in words. `live` is absent for an answer that was loaded ended; `nowMs` is UTC. */
export function answerState(answer: Answer, live: RunningView | undefined, nowMs: number): AnswerState {
  switch (answer.status) {
    case 'completed':
      return completed(answer)
    case 'failed':
      return failed(answer)
    case 'cancelled':
      return cancelled(answer)
    default:
      return unfinished(answer, live, nowMs)
  }
}

function unfinished(answer: Answer, live: RunningView | undefined, nowMs: number): AnswerState {
  if (live?.error) return say('danger', state.unfollowable)
  if (live?.stopping) return say('alive', state.stopping)
  if (live?.connection === 'lost') return say('caution', state.reconnecting)
  switch (answer.status) {
    case 'queued':
      return say('alive', queued(live?.queuePosition))
    case 'waiting':
      return waiting(answer, nowMs)
    case 'recovering':
      return say('caution', state.recovering(answer.attempt + 1))
    default:
      return running(answer, live, nowMs)
  }
}

function queued(position: number | undefined): string {
  if (position === undefined) return state.queued
  return position === 1 ? state.queuedNext : state.queuedAt(position)
}

function waiting({ phase }: Answer, nowMs: number): AnswerState {
  const error = phase?.error
  const text = state.waiting(waitingFor(error), (phase?.untilMs ?? nowMs) - nowMs + 999, phase?.tryNumber)
  return withProviderWords(say('caution', text), error)
}

function waitingFor(error: GenerationError | undefined): string {
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

function running(answer: Answer, live: RunningView | undefined, nowMs: number): AnswerState {
  const silentMs = live?.lastEventAt === undefined ? 0 : nowMs - live.lastEventAt
  const last = answer.parts.at(-1)
  if (last === undefined) {
    if (silentMs > STALLED_AFTER_MS) return say('alive', state.firstWord(silentMs))
    return say('alive', answer.attempt === 0 ? state.starting : state.connecting(modelName(answer)))
  }
  if (silentMs > STALLED_AFTER_MS) return say('caution', state.stalled(silentMs))
  if (last.type !== 'reasoning' || last.endedAt !== undefined) return say('alive', state.writing)
  if (last.startedAt === undefined) return say('alive', state.thinking)
  return say('alive', state.thinkingFor(nowMs - last.startedAt))
}

function completed(answer: Answer): AnswerState {
  switch (answer.finishReason) {
    case 'length':
      return { tone: 'caution', text: state.cutAtLength, facts: facts(answer) }
    case 'content-filter':
      return { tone: 'caution', text: state.filtered, facts: facts(answer) }
    case 'tool-calls':
      return { tone: 'quiet', text: state.wantsTool, facts: facts(answer) }
    case 'pause':
      return { tone: 'quiet', text: state.paused, facts: facts(answer) }
    default:
      return { tone: 'quiet', text: isDemo(answer) ? state.simulated : modelName(answer), facts: facts(answer) }
  }
}

function cancelled(answer: Answer): AnswerState {
  const by = answer.cancelledBy
  const who = by === 'disconnect' ? state.stoppedLeft : by === 'shutdown' ? state.stoppedShutdown : state.stoppedByYou
  const said: string[] = [who]
  if (answer.parts.length === 0) said.push(state.beforeFirstWord)
  if (answer.upstreamClosedAt !== undefined) said.push(state.upstreamClosed(answer.upstreamClosedAt))
  return say('quiet', said.join(', '))
}

function failed({ error }: Answer): AnswerState {
  const [what, advice] = words.failure[error?.kind ?? 'internal']
  return withProviderWords({ ...say('danger', `${what}.`), advice }, error)
}

function withProviderWords(line: AnswerState, error: GenerationError | undefined): AnswerState {
  if (!error || error.message === '') return line
  const code = [error.status, error.providerCode].filter((value) => value !== undefined).join(' ')
  return { ...line, providerSays: code === '' ? error.message : `${error.message} (${code})` }
}

/** Measured figures, each only when it was measured. */
function facts({ metrics }: Answer): string[] {
  const { startedAt, firstTokenAt, endedAt, usage } = metrics
  const said: string[] = []
  if (startedAt !== undefined && firstTokenAt !== undefined) said.push(state.firstToken(firstTokenAt - startedAt))
  if (usage?.outputTokens !== undefined && firstTokenAt !== undefined && endedAt !== undefined) {
    const writingMs = endedAt - firstTokenAt
    if (writingMs > 0) said.push(state.rate((usage.outputTokens / writingMs) * 1000))
  }
  if (usage?.inputTokens !== undefined || usage?.outputTokens !== undefined)
    said.push(state.tokens(usage.inputTokens, usage.outputTokens))
  return said
}

/** The demo model never goes by a name that could be a real one's. */
export function modelName(answer: Answer): string {
  return isDemo(answer) ? state.demoModel : (answer.model ?? '')
}

function isDemo({ provider }: Answer): boolean {
  return provider === 'demo'
}

function say(tone: AnswerState['tone'], text: string): AnswerState {
  return { tone, text, facts: [] }
}
