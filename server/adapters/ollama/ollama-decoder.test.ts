import { describe, expect, test } from 'vitest'
import { decodeBody, expectCutAnywhere } from '#test/upstream/decode-body.ts'
import { createOllamaWire } from './ollama-provider.ts'
import { CONTENT, done, ERRORS, FRAMING, lines, say, STOP } from './ollama-stream.fixture.ts'

describe.each([
  ['framing', FRAMING],
  ['content', CONTENT],
  ['failure', ERRORS],
])('%s, cut anywhere', (_name, cases) => {
  test.each(cases)('$title', ({ body, events }) => expectCutAnywhere(createOllamaWire(), body, events))
})

test('deltas that arrive together are one event, which says how many they were', () => {
  const events = decodeBody(createOllamaWire(), [Buffer.from(lines(say('a'), say('b'), say('c'), done()))])
  expect(events).toEqual([{ type: 'text-delta', text: 'abc', pieces: 3 }, STOP])
})
