import { CIRCUIT_OPEN, type GenerationError } from '#protocol/provider-error.ts'
import { words } from '../words/words.ts'

/** What stands under an answer: one sentence, quieter facts beside it, and what was said in detail on demand. */
export interface AnswerState {
  tone: 'quiet' | 'alive' | 'caution' | 'danger'
  text: string
  facts: string[]
  advice?: string
  /** What the provider said, or what was noticed of it from here. */
  quote?: { label: string; text: string }
  /** What a listener is told, once for each topic: a figure that counts begins no new one. */
  spoken?: { topic: string; text: string }
}

/** A sentence that is also spoken, whenever its topic is a new one. */
export function say(tone: AnswerState['tone'], text: string, topic: string = text): AnswerState {
  return { tone, text, facts: [], spoken: { topic, text } }
}

/** The words that came with a failure and their codes, where there were any, and whose they are. */
export function withQuote(line: AnswerState, error: GenerationError | undefined): AnswerState {
  if (!error || error.message === '') return line
  const { message, status, providerCode } = error
  const label = isProvidersOwn(error) ? words.state.providerSays : words.state.inDetail
  const isSaid = providerCode === CIRCUIT_OPEN || (providerCode !== undefined && message.includes(providerCode))
  const code = [status, isSaid ? undefined : providerCode].filter((value) => value !== undefined).join(' ')
  return { ...line, quote: { label, text: code === '' ? message : `${message} (${code})` } }
}

/** What this server noticed by itself, on the way to a provider or before asking it. */
const NOTICED_HERE = new Set<GenerationError['kind']>([
  'network',
  'bad-response',
  'incomplete',
  'cancelled',
  'worker-lost',
  'internal',
])

/** Words without any code may be anybody's. */
export function isProvidersOwn({ kind, status, providerCode }: GenerationError): boolean {
  if (NOTICED_HERE.has(kind) || providerCode === CIRCUIT_OPEN) return false
  return status !== undefined || (providerCode !== undefined && kind !== 'timeout')
}
