import { describe, expect, test } from 'vitest'
import { createBodyDecoder } from '#server/upstream/body-decoder.ts'
import { failure } from '#server/upstream/provider-error.ts'
import { createRedact } from '#server/upstream/redact.ts'
import { decodeBody, expectCutAnywhere } from '#test/upstream/decode-body.ts'
import { createAnthropicAnswer } from './anthropic-answer.ts'
import { CONTENT, ERRORS, FRAMING } from './anthropic-decoder.fixture.ts'
import { anthropicWire } from './anthropic-provider.ts'
import { begin, sse, stream, textBlock, toolBlock } from './anthropic-stream.fixture.ts'

const redact = createRedact('sk-our-own-secret-key')

describe.each([
  ['framing', FRAMING],
  ['content', CONTENT],
  ['failure', ERRORS],
])('%s, cut anywhere', (_name, cases) => {
  test.each(cases)('$title', ({ body, events }) => {
    expectCutAnywhere(anthropicWire, body, events)
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
  const events = decodeBody(anthropicWire, [Buffer.from(body)])
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
