import { describe, expect, test } from 'vitest'
import type { ProviderEvent } from '#server/ports/provider.ts'
import { CONTENT, ERRORS, FRAMING, say, sse, STOP, stop, stream, text } from './chat-decoder.cases.ts'
import { VENDORS } from './chat-vendors.cases.ts'
import { createBodyDecoder } from '#server/upstream/body-decoder.ts'
import { failure } from '#server/upstream/provider-error.ts'
import { createRedact } from '#server/upstream/redact.ts'
import { decodeBody, expectCutAnywhere, joinDeltas } from '#test/upstream/decode-body.ts'
import { createChatAnswer } from './chat-answer.ts'
import { chatWire } from './openai-chat-provider.ts'
import { chatVendor } from './vendors.ts'

const wire = chatWire(chatVendor('openai'))
const redact = createRedact('sk-our-own-secret-key')

describe.each([
  ['framing', FRAMING],
  ['content', CONTENT],
  ['failure', ERRORS],
  ['vendor', VENDORS],
])('%s, cut anywhere', (_name, cases) => {
  test.each(cases)('$title', ({ body, events }) => {
    expectCutAnywhere(wire, body, events)
  })
})

test('halves of one character in two events come out as they are, to be joined further on', () => {
  const body =
    'data: {"choices":[{"delta":{"content":"\\ud83d"}}]}\n\ndata: {"choices":[{"delta":{"content":"\\ude00"}}]}\n\n'
  expect(joinDeltas(decodeBody(wire, [Buffer.from(body + sse(stop()))]))[0]).toEqual(text('\u{1F600}'))
})

test('deltas that arrive together are one event, which says how many they were', () => {
  const events = decodeBody(wire, [Buffer.from(sse(say('a'), say('b'), say('c'), stop()))])
  expect(events).toEqual([{ ...text('abc'), pieces: 3 }, STOP])
})

test('an event of a megabyte in small pieces is read in time that grows with its length alone', () => {
  const body = Buffer.from(sse(say('中'.repeat(350_000)), stop()))
  const pieces = Array.from({ length: Math.ceil(body.length / 100) }, (_, n) => body.subarray(n * 100, n * 100 + 100))
  expect(joinDeltas(decodeBody(wire, pieces))).toEqual([text('中'.repeat(350_000)), STOP])
})

test.each([
  ['an endless line', (n: number) => (n === 0 ? 'data: {"choices":"' : 'x'.repeat(100))],
  ['an endless event', () => `data: ${'x'.repeat(100)}\n`],
  ['an endless document', () => '{'.padEnd(100)],
])('%s is an error, not memory', (_name, piece) => {
  const decoder = createBodyDecoder({
    framing: 'sse',
    answer: createChatAnswer(redact),
    redact,
    maxEventCharacters: 1_000,
  })
  let last: readonly ProviderEvent[] = []
  for (let n = 0; n < 20 && !decoder.isEnded(); n++) last = decoder.push(Buffer.from(piece(n)))
  expect(last).toMatchObject([{ type: 'error', error: { kind: 'bad-response' } }])
  expect(decoder.push(Buffer.from(stream('\n')))).toEqual([])
})

describe('a connection that breaks', () => {
  const broken = failure('network', 'reset', redact)

  test('ends an unfinished answer in that failure, after the last whole event', () => {
    const decoder = createBodyDecoder({ framing: 'sse', answer: createChatAnswer(redact), redact })
    const events = [...decoder.push(Buffer.from(`${sse(say('Half'))}data: {"choices"`)), ...decoder.end(broken)]
    expect(events).toEqual([text('Half'), { type: 'error', error: broken }])
  })

  test('does no harm to an answer that had finished', () => {
    const decoder = createBodyDecoder({ framing: 'sse', answer: createChatAnswer(redact), redact })
    expect([...decoder.push(Buffer.from(sse(say('Hi'), stop()))), ...decoder.end(broken)]).toEqual([text('Hi'), STOP])
  })

  test('by cancellation is one in any case, with the usage that is known', () => {
    const decoder = createBodyDecoder({ framing: 'sse', answer: createChatAnswer(redact), redact })
    decoder.push(Buffer.from(sse({ ...say('Hi'), usage: { prompt_tokens: 5, completion_tokens: 1 } }, stop())))
    const cancelled = failure('cancelled', '', redact)
    expect(decoder.end(cancelled)).toEqual([
      { type: 'usage', usage: { inputTokens: 5, outputTokens: 1 } },
      { type: 'error', error: cancelled },
    ])
    expect(decoder.end()).toEqual([])
  })
})
