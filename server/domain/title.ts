import type { MessagePart } from '#protocol/messages.ts'
import { plainText } from '#protocol/messages.ts'
import { plainTitle } from '#protocol/plain-title.ts'
import type { GenerationRequest } from './generation.ts'

/** What is told of either message: a title needs no more. */
const EXCERPT_CHARACTERS = 2_000

/** A title takes a dozen; a model that thinks first gets this far and no further. */
const MAX_TOKENS = 1_000
/** The first half of a surrogate pair. */
const HALF_AT_END = /[\uD800-\uDBFF]$/
const BEFORE_QUESTION = 'Question:\n'
const BEFORE_ANSWER = '\n\nAnswer:\n'

const TITLE_PROMPT =
  'Write a title for the conversation below: at most six words, in the language of the conversation, naming its subject. ' +
  'Answer with the title alone, without quotation marks and without a full stop.'

/** Asks a model for the title of a conversation of which the first answer is complete. */
export function titleRequest(
  by: NonNullable<GenerationRequest['title']>,
  { question, answer }: { question: readonly MessagePart[]; answer: readonly MessagePart[] },
): GenerationRequest {
  const text = `${BEFORE_QUESTION}${excerpt(question)}${BEFORE_ANSWER}${excerpt(answer)}`
  return {
    ...by,
    systemPrompt: TITLE_PROMPT,
    parameters: { thinking: false, maxOutputTokens: MAX_TOKENS },
    branch: { messages: [{ role: 'user', parts: [{ type: 'text', text }] }] },
  }
}

/** The question in the text of a title's request. */
export function titledQuestion(text: string): string {
  const end = text.indexOf(BEFORE_ANSWER)
  return text.slice(text.startsWith(BEFORE_QUESTION) ? BEFORE_QUESTION.length : 0, end < 0 ? undefined : end)
}

/**
 * The title in what the model wrote: its first line, without marks around it and what only announces it. Undefined when
 * there is none.
 */
export function titleIn(parts: readonly MessagePart[]): string | undefined {
  const titles = plainText(parts)
    .split('\n')
    .map((line) => plainTitle(withoutMarks(line.trim())))
    .filter((title) => title !== '')
  return titles.find((title) => !title.endsWith(':')) ?? titles[0]
}

function withoutMarks(line: string): string {
  if (/^```\w*$/.test(line)) return ''
  return line.replace(/^(?:#+|[-•]\s|title:|\*+)\s*/i, '').replaceAll(/^["'“”„«»*_`]+|["'“”„«»*_`.]+$/g, '')
}

function excerpt(parts: readonly MessagePart[]): string {
  const text = plainText(parts)
  // Half a character at the cut would be no text that every vendor takes.
  return text.length > EXCERPT_CHARACTERS ? `${text.slice(0, EXCERPT_CHARACTERS).replace(HALF_AT_END, '')}…` : text
}
