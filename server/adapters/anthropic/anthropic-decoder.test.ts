import { describe, expect, test } from 'vitest'
import { piecesOf } from '#protocol/events.ts'
import type { ProviderEvent } from '#server/ports/provider.ts'
import { createBodyDecoder } from '#server/upstream/body-decoder.ts'
import { failure } from '#server/upstream/provider-error.ts'
import { createRedact } from '#server/upstream/redact.ts'
import { createAnthropicAnswer } from './anthropic-answer.ts'
import { CONTENT, ERRORS, FRAMING } from './anthropic-decoder.fixture.ts'
import { begin, sse, stream, textBlock, toolBlock } from './anthropic-stream.fixture.ts'

const redact = createRedact('sk-our-own-secret-key')

describe.each([
  ['framing', FRAMING],
  ['content', CONTENT],
  ['failure', ERRORS],
])('%s, cut anywhere', (_name, cases) => {
  test.each(cases)('$title', ({ body, events }) => {
    const bytes = Buffer.from(body)
    const atOnce = decode([bytes])
    expect(joined(atOnce)).toEqual(events)
    for (let at = 1; at < bytes.length; at++) {
      const cut = decode([bytes.subarray(0, at), bytes.subarray(at)])
      expect(joined(cut), `cut at ${at}`).toEqual(events)
      expect(piecesIn(cut), `cut at ${at}`).toBe(piecesIn(atOnce))
    }
    expect(joined(decode(Array.from(bytes, (byte) => Buffer.of(byte)))), 'byte by byte').toEqual(events)
  })
})

test('a tool call is told of as soon as it is whole', () => {
  const decoder = open()
  expect(decoder.push(Buffer.from(sse(begin(), ...toolBlock(0, 't', 'look', '{"a":1}'))))).toEqual([
    { type: 'tool-call', toolCallId: 't', name: 'look', arguments: '{"a":1}' },
  ])
})

test('an error that holds the key of the instance does not tell it', () => {
  const body = sse({
    type: 'error',
    error: { type: 'authentication_error', message: 'sk-our-own-secret-key is wrong' },
  })
  const events = decode([Buffer.from(body)])
  expect(events).toMatchObject([{ type: 'error', error: { kind: 'auth', providerCode: 'authentication_error' } }])
  expect(JSON.stringify(events)).not.toContain('sk-our')
})

test('a connection that breaks after the reason to stop does no harm', () => {
  const decoder = open()
  const body = stream([textBlock(0, 'Hi')]).replace(sse({ type: 'message_stop' }), '')
  const events = [...decoder.push(Buffer.from(body)), ...decoder.end(failure('network', 'reset', redact))]
  expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'stop' })
})

function open() {
  return createBodyDecoder({ framing: 'sse', answer: createAnthropicAnswer(redact), redact })
}

function decode(pieces: readonly Buffer[]): ProviderEvent[] {
  const decoder = open()
  const events = pieces.flatMap((piece) => [...decoder.push(piece)])
  return [...events, ...decoder.end()]
}

function piecesIn(events: readonly ProviderEvent[]): number {
  return events.reduce((sum, event) => sum + ('text' in event ? piecesOf(event) : 0), 0)
}

/** Deltas of one type that follow one another are one event in what they mean, however many pieces they came in. */
function joined(events: readonly ProviderEvent[]): ProviderEvent[] {
  const result: ProviderEvent[] = []
  for (const event of events) {
    const last = result.at(-1)
    if (last && 'text' in last && 'text' in event && last.type === event.type) last.text += event.text
    else result.push('text' in event ? { type: event.type, text: event.text } : { ...event })
  }
  return result
}
