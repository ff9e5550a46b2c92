import { describe, expect, test } from 'vitest'
import type { ProviderEvent, ProviderRequest } from '#server/ports/provider.ts'
import { createBodyDecoder } from '#server/upstream/body-decoder.ts'
import { createRedact } from '#server/upstream/redact.ts'
import { CALLS, ENDS, THOUGHTS } from './responses-answer.cases.ts'
import { TEXT } from './responses-text.cases.ts'
import { STOP } from './responses-events.cases.ts'
import { createResponsesAnswer } from './responses-answer.ts'

const redact = createRedact('sk-our-own-secret-key')

describe.each([
  ['text', TEXT],
  ['thoughts', THOUGHTS],
  ['calls', CALLS],
  ['ends', ENDS],
])('%s, cut anywhere', (_name, cases) => {
  test.each(cases)('$title', ({ body, events }) => {
    const bytes = Buffer.from(body)
    expect(joined(decode([bytes]))).toEqual(events)
    for (let at = 1; at < bytes.length; at++) {
      expect(joined(decode([bytes.subarray(0, at), bytes.subarray(at)])), `cut at ${at}`).toEqual(events)
    }
    expect(joined(decode(Array.from(bytes, (byte) => Buffer.of(byte)))), 'byte by byte').toEqual(events)
  })
})

test.each([...TEXT, ...THOUGHTS, ...CALLS])(
  'resumed behind any of its characters, nothing of it comes twice: $title',
  ({ body }) => {
    const whole = joined(decode([Buffer.from(body)]))
    const said = wordsOf(whole, ['text-delta', 'refusal-delta'])
    const thought = wordsOf(whole, ['reasoning-delta'])
    for (let after = 0; after <= said.length; after++) {
      const afterReasoningCharacters = after === 0 ? Math.floor(thought.length / 2) : thought.length
      const resume = { handle: 'resp_a', afterCharacters: after, afterReasoningCharacters }
      const rest = decode([Buffer.from(body)], { resume })
      expect(wordsOf(rest, ['text-delta', 'refusal-delta'])).toBe(said.slice(after))
      expect(wordsOf(rest, ['reasoning-delta'])).toBe(thought.slice(afterReasoningCharacters))
      expect(rest.at(-1)).toEqual(whole.at(-1))
    }
  },
)

test('resumed in the words behind a thought, the thought is not told again', () => {
  const body = THOUGHTS[0]?.body ?? ''
  const resume = { handle: 'resp_a', afterCharacters: 1, afterReasoningCharacters: 'First this.\n\nThen that.'.length }
  expect(joined(decode([Buffer.from(body)], { resume }))).toEqual([{ type: 'text-delta', text: 'o.' }, STOP])
})

test('an echoed key is masked', () => {
  const body = `data: ${JSON.stringify({ type: 'error', message: 'Bad key sk-our-own-secret-key.' })}\n\n`
  expect(JSON.stringify(decode([Buffer.from(body)]))).not.toContain('sk-our-own')
})

function decode(pieces: Buffer[], request: Pick<ProviderRequest, 'resume'> = {}): ProviderEvent[] {
  const answer = createResponsesAnswer(redact, request, { background: false })
  const decoder = createBodyDecoder({ framing: 'sse', answer, redact })
  return [...pieces.flatMap((piece) => decoder.push(piece)), ...decoder.end()].filter(
    ({ type }) => type !== 'provider-handle',
  )
}

/** Deltas of one type that follow one another as one, however many batches they came in. */
function joined(events: readonly ProviderEvent[]): object[] {
  const all: ProviderEvent[] = []
  for (const event of events) {
    const last = all.at(-1)
    if (last && 'text' in last && 'text' in event && last.type === event.type) last.text += event.text
    else all.push({ ...event })
  }
  return all.map((event) => {
    if (!('pieces' in event)) return event
    const { pieces: _pieces, ...rest } = event
    return rest
  })
}

function wordsOf(events: readonly object[], types: string[]): string {
  return (events as ProviderEvent[])
    .map((event) => ('text' in event && types.includes(event.type) ? event.text : ''))
    .join('')
}
