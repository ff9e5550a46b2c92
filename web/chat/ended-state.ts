import { plainText, type Answer } from '#protocol/messages.ts'
import { CIRCUIT_OPEN, type GenerationError } from '#protocol/provider-error.ts'
import { words } from '../words/words.ts'
import { attemptFacts } from './attempt-facts.ts'
import { isDemo, modelName } from './model-name.ts'
import { isProvidersOwn, say, withQuote, type AnswerState } from './say.ts'

const { state } = words

/** The state of an answer that has ended, in words; undefined for any other. */
export function endedState(answer: Answer): AnswerState | undefined {
  switch (answer.status) {
    case 'completed':
      return { ...completed(answer), facts: [...figures(answer), ...silentAttempts(answer)] }
    case 'failed':
      return failed(answer)
    case 'cancelled':
      return cancelled(answer)
    default:
      return undefined
  }
}

function completed(answer: Answer): AnswerState {
  switch (answer.finishReason) {
    case 'length':
      return say('caution', state.cutAtLength)
    case 'content-filter':
      return withFinishDetail(say('caution', state.filtered), answer)
    case 'tool-calls':
      return say('quiet', state.wantsTool)
    case 'pause':
      return say('quiet', state.paused)
    default: {
      const line = say('quiet', isDemo(answer) ? state.simulated : modelName(answer))
      return { ...line, spoken: { topic: state.complete, text: state.complete } }
    }
  }
}

/** What the provider says of its reason, where it does. */
function withFinishDetail(line: AnswerState, { finishDetail }: Answer): AnswerState {
  if (finishDetail === undefined) return line
  return { ...line, quote: { label: state.providerSays, text: finishDetail } }
}

/** Attempts that left no text behind to be opened are told of here. */
function silentAttempts(answer: Answer): string[] {
  return answer.superseded.length === 0 ? attemptFacts(answer) : []
}

/** Who stopped it, what was kept of it, and when the model was let go. */
function cancelled(answer: Answer): AnswerState {
  const { cancelledBy: by, metrics, upstreamClosedAt } = answer
  const who = by === 'disconnect' ? state.stoppedLeft : by === 'shutdown' ? state.stoppedShutdown : state.stoppedByYou
  const facts: string[] = []
  if (metrics.startedAt === undefined) facts.push(state.neverAsked)
  else if (answer.parts.length === 0) facts.push(state.beforeFirstWord)
  else if (metrics.pieces !== undefined) facts.push(state.written(metrics.pieces))
  const { inputTokens, outputTokens } = metrics.usage ?? {}
  if (inputTokens !== undefined || outputTokens !== undefined) facts.push(state.billed(inputTokens, outputTokens))
  if (upstreamClosedAt !== undefined) facts.push(state.upstreamClosed(upstreamClosedAt))
  const text = [who, ...facts].join(', ')
  return { ...say('quiet', who), facts, spoken: { topic: text, text } }
}

function failed({ error, parts }: Answer): AnswerState {
  const kind = error?.kind ?? 'internal'
  const isEmpty = plainText(parts) === ''
  const [what, usual] = failureOf(error, isEmpty)
  const nothingKept = (kind === 'incomplete' || kind === 'worker-lost') && isEmpty
  const advice = nothingKept ? state.nothingKept : usual
  const text = `${what}.`
  const line = { ...say('danger', text), advice, spoken: { topic: text, text: `${text} ${advice}` } }
  return withQuote(line, error)
}

function failureOf(error: GenerationError | undefined, isEmpty: boolean): readonly [what: string, advice: string] {
  if (!error) return words.failure.internal
  if (error.providerCode === CIRCUIT_OPEN) return words.notAsked.circuitOpen
  if (error.kind === 'auth' && !isProvidersOwn(error)) return words.notAsked.noKey
  return (isEmpty ? undefined : words.midway[error.kind]) ?? words.failure[error.kind]
}

/** Measured figures, each only when it was measured. */
function figures({ metrics }: Answer): string[] {
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
