import type { GenerationError } from '#protocol/provider-error.ts'
import type { Outcome } from './outcome.ts'
import type { Recording, WireExpectation } from './recordings.ts'

/**
 * What an outcome has otherwise than its recording demands, one line each; empty when all is right. Where the data set
 * accepts two readings, both pass.
 */
export function compareOutcome(recording: Recording, outcome: Outcome): string[] {
  const { expected } = recording
  return [
    ...compareWords(expected, outcome),
    ...compareEnd(recording, outcome),
    ...difference('input tokens', outcome.usage?.inputTokens ?? null, expected.inputTokens),
    ...difference('output tokens', outcome.usage?.outputTokens ?? null, expected.outputTokens),
    ...compareToolCalls(recording, outcome),
  ].map((line) => `${recording.id}: ${line}`)
}

/** Thoughts that stand inline may stay in the text or be split off. A NUL may be dropped or replaced on the way. */
function compareWords(expected: WireExpectation, outcome: Outcome): string[] {
  const { text, reasoningParts, inlineThink } = expected
  const readings = [expected, ...(inlineThink ? [inlineThink] : [])]
  if (reasoningParts) readings.push({ ...expected, text, reasoning: reasoningParts.join('\n\n') })
  const fits = readings.some(
    ({ text, reasoning }) => sameText(outcome.text, text) && sameText(outcome.reasoning, reasoning),
  )
  if (fits || (expected.cutByReset && outcome.text !== '' && expected.text.startsWith(outcome.text))) return []
  return [
    ...difference('text', outcome.text, expected.text),
    ...difference('reasoning', outcome.reasoning, expected.reasoning),
  ]
}

function sameText(actual: string, expected: string): boolean {
  return ['\0', '', '\uFFFD'].some((replacement) => actual === expected.replaceAll('\0', replacement))
}

function compareEnd(recording: Recording, outcome: Outcome): string[] {
  const { expected } = recording
  if (expected.error) return compareError(recording, expected.error, outcome.error)
  if (outcome.error) return [`ended in an error: ${JSON.stringify(outcome.error)}`]
  // Ended by its protocol without a reason: ours has no word for that but `other`.
  if (expected.finishNormalized === null) return difference('finish reason', outcome.finishReason, 'other')
  return difference('finish reason', outcome.finishReason, expected.finishNormalized.replaceAll('_', '-'))
}

function compareError(
  { expected, status }: Recording,
  wanted: { kind: string; message: string | null },
  actual: GenerationError | undefined,
): string[] {
  if (!actual) return [`did not end in an error of kind ${wanted.kind}`]
  const differences = acceptedKinds(wanted.kind).includes(actual.kind)
    ? []
    : difference('error kind', actual.kind, wanted.kind)
  if (wanted.message !== null && !actual.message.includes(wanted.message)) {
    differences.push(...difference('error message', actual.message, wanted.message))
  }
  if (status >= 400) differences.push(...difference('status', actual.status, status))
  if (expected.retryAfterSeconds !== undefined) {
    differences.push(...difference('retry after', actual.retryAfterMs, expected.retryAfterSeconds * 1_000))
  }
  if (JSON.stringify(actual).includes('CANARY')) differences.push('the error holds a key')
  return differences
}

/** Judgement calls between neighbours: either is accepted. */
function acceptedKinds(kind: string): string[] {
  if (kind === 'quota' || kind === 'rate_limit') return ['quota', 'rate-limit']
  if (kind === 'overloaded' || kind === 'server') return ['overloaded', 'server']
  return [kind.replaceAll('_', '-')]
}

/**
 * Arguments that the vendor wrote as text have to be that text; where it sent an object, only the value can be the same. A
 * call that the vendor gave no id has one of ours.
 */
function compareToolCalls({ protocol, expected }: Recording, outcome: Outcome): string[] {
  const sendsObjects = protocol === 'gemini' || protocol === 'ollama'
  const wanted = expected.toolCalls.map(({ id, name, arguments: text }, at) => {
    const actual = outcome.toolCalls[at]
    const isValue = sendsObjects || text === ''
    const isSame = actual !== undefined && isValue && sameJson(actual.arguments, text || '{}')
    return { id: id ?? (actual?.id || 'an id of ours'), name, arguments: isSame ? actual.arguments : text }
  })
  return difference('tool calls', JSON.stringify(outcome.toolCalls), JSON.stringify(wanted))
}

function sameJson(one: string, other: string): boolean {
  try {
    return JSON.stringify(JSON.parse(one)) === JSON.stringify(JSON.parse(other))
  } catch {
    return false
  }
}

function difference(what: string, actual: unknown, expected: unknown): string[] {
  return actual === expected ? [] : [`${what} is ${short(actual)}, not ${short(expected)}`]
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'absent'
  return text.length <= 160 ? text : `${text.slice(0, 100)}…${text.slice(-50)} (${text.length})`
}
