import type { GenerationEvent } from '#protocol/events.ts'
import { emptyAnswer, fold } from '#protocol/fold.ts'
import type { Answer, MessagePart } from '#protocol/messages.ts'

/** What an attempt wrote, told without `fold`: that one is under test as well. */
interface Attempt {
  thinking: string
  text: string
}

export interface Expected extends Attempt {
  /** Somebody asked to stop it. */
  cancelled?: boolean
}

/** Reads the whole log of a generation that has ended, against what its model was told to write. */
export function checkAnswer(
  events: readonly GenerationEvent[],
  expected: Expected,
  fault: (what: string) => void,
): Answer {
  const attempts: Attempt[] = []
  let numbers = 0
  for (const event of events) {
    if (event.type === 'attempt-start') {
      if (event.attempt !== ++numbers) fault(`attempt ${event.attempt} came as number ${numbers}`)
      if (event.reason !== 'resumed' || attempts.length === 0) attempts.push({ thinking: '', text: '' })
    }
    const current = attempts.at(-1)
    if (event.type === 'reasoning-delta' && current) {
      if (current.text !== '') fault('a thought came after the first word')
      current.thinking += event.text
    }
    if (event.type === 'text-delta' && current) current.text += event.text
  }
  for (const [index, attempt] of attempts.entries()) {
    if (!isPrefix(attempt, expected)) fault(`attempt ${index + 1} wrote ${JSON.stringify(attempt)}`)
  }
  const answer = events.reduce(fold, emptyAnswer())
  checkOutcome(events.at(-1), attempts, expected, answer, fault)
  return answer
}

function checkOutcome(
  end: GenerationEvent | undefined,
  attempts: readonly Attempt[],
  expected: Expected,
  answer: Answer,
  fault: (what: string) => void,
): void {
  if (end?.type !== 'end') return fault('the last event is not the end')
  const told = partsOf(answer.parts)
  const last = attempts.at(-1) ?? { thinking: '', text: '' }
  if (end.status === 'completed') {
    if (!isSame(last, expected)) fault(`completed with ${JSON.stringify(last)}`)
    if (!isSame(told, expected)) fault(`folds to ${JSON.stringify(told)}`)
    return
  }
  if (end.status === 'cancelled' && expected.cancelled) return
  if (end.status !== 'failed' || end.error?.kind !== 'worker-lost') return fault(`ended as ${JSON.stringify(end)}`)
  const longest = Math.max(0, ...attempts.map(lengthOf))
  if (lengthOf(told) !== longest) fault(`failed and kept ${lengthOf(told)} of ${longest} characters`)
  if (!isPrefix(told, expected)) fault(`failed and folds to ${JSON.stringify(told)}`)
}

function isPrefix(attempt: Attempt, expected: Attempt): boolean {
  if (attempt.text !== '' && attempt.thinking !== expected.thinking) return false
  return expected.thinking.startsWith(attempt.thinking) && expected.text.startsWith(attempt.text)
}

function isSame(one: Attempt, other: Attempt): boolean {
  return one.thinking === other.thinking && one.text === other.text
}

function lengthOf({ thinking, text }: Attempt): number {
  return thinking.length + text.length
}

function partsOf(parts: readonly MessagePart[]): Attempt {
  const attempt = { thinking: '', text: '' }
  for (const part of parts) {
    if (part.type === 'reasoning') attempt.thinking += part.text
    if (part.type === 'text') attempt.text += part.text
  }
  return attempt
}
