import type { GenerationError } from '#protocol/provider-error.ts'

/** What stands under an answer: one sentence, quieter facts beside it, and the provider's own words on demand. */
export interface AnswerState {
  tone: 'quiet' | 'alive' | 'caution' | 'danger'
  text: string
  facts: string[]
  advice?: string
  providerSays?: string
  /** What a listener is told, once for each topic: a figure that counts begins no new one. */
  spoken?: { topic: string; text: string }
}

/** A sentence that is also spoken, whenever its topic is a new one. */
export function say(tone: AnswerState['tone'], text: string, topic: string = text): AnswerState {
  return { tone, text, facts: [], spoken: { topic, text } }
}

/** The provider's own words with its codes, where it said something. */
export function withProviderWords(line: AnswerState, error: GenerationError | undefined): AnswerState {
  if (!error || error.message === '') return line
  const code = [error.status, error.providerCode].filter((value) => value !== undefined).join(' ')
  return { ...line, providerSays: code === '' ? error.message : `${error.message} (${code})` }
}
