import { describe, expect, test } from 'vitest'
import { decodeBody, expectCutAnywhere } from '#test/upstream/decode-body.ts'
import { CONTENT, FRAMING } from './gemini-content.fixture.ts'
import { ERRORS } from './gemini-failure.fixture.ts'
import { geminiWire } from './gemini-provider.ts'
import { say, sse, STOP, stop } from './gemini-stream.fixture.ts'

describe.each([
  ['framing', FRAMING],
  ['content', CONTENT],
  ['failure', ERRORS],
])('%s, cut anywhere', (_name, cases) => {
  test.each(cases)('$title', ({ body, events }) => expectCutAnywhere(geminiWire, body, events))
})

test('deltas that arrive together are one event, which says how many they were', () => {
  const events = decodeBody(geminiWire, [Buffer.from(sse(say('a'), say('b'), say('c'), stop()))])
  expect(events).toEqual([{ type: 'text-delta', text: 'abc', pieces: 3 }, STOP])
})

test('an endless document in the middle of a stream is gathered no further than its limit', () => {
  const line = `  "x": "${'y'.repeat(1_000)}",\n`
  const body = `${sse(say('Hi', 'STOP'))}{\n${line.repeat(200)}`
  const startedAt = performance.now()
  expect(decodeBody(geminiWire, [Buffer.from(body)]).at(-1)).toEqual(STOP)
  expect(performance.now() - startedAt).toBeLessThan(2_000)
})
