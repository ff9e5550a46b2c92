import { expect, test } from 'vitest'
import type { AnswerReader } from './answer-reader.ts'
import { findError, toGenerationError } from './provider-error.ts'
import { createRedact } from './redact.ts'
import { createReplyReader } from './reply-reader.ts'

const redact = createRedact('sk-of-the-instance')
const readError: AnswerReader['read'] = (value) => toGenerationError(findError(value) ?? '', {}, redact)
const DEEP = `${'['.repeat(50_000)}${']'.repeat(50_000)}`

test.each([
  [500, `{"error":{"message":${DEEP}}}`, 'server'],
  [500, `{"errors":${DEEP}}`, 'server'],
  [200, `data: {"error":{"message":${DEEP}}}\n\n`, 'bad-response'],
  [200, `{"error":${DEEP}}`, 'bad-response'],
])('a reply %i of endless brackets is an error: %#', (status, body, kind) => {
  const reader = open(status)
  const events = [...reader.push(Buffer.from(body)), ...reader.end()]
  expect(events).toMatchObject([{ type: 'error', error: { kind } }])
})

test('what a reader throws ends the reply, once', () => {
  const reader = open(200, () => {
    throw new RangeError('Out of sk-of-the-instance')
  })
  const events = reader.push(Buffer.from('data: {"a":1}\n\n'))
  expect(events).toMatchObject([{ error: { kind: 'bad-response', message: expect.stringContaining('Out of [red') } }])
  expect(reader.isEnded()).toBe(true)
  expect(reader.push(Buffer.from('data: {"a":1}\n\n'))).toEqual([])
  expect(reader.end()).toEqual([])
})

test('an error of endless words, and a body of endless blanks, keep nobody busy', () => {
  const startedAt = performance.now()
  const words = JSON.stringify({ error: { message: 'input length '.repeat(20_000) } })
  open(200).push(Buffer.from(`data: ${words}\n\n`))
  const page = open(200)
  page.push(Buffer.from('<title'.repeat(20_000)))
  const reader = open(200)
  for (let n = 0; n < 100_000; n++) reader.push(Buffer.from(' \n'))
  expect(performance.now() - startedAt).toBeLessThan(2_000)
})

function open(status: number, read: AnswerReader['read'] = readError) {
  const end: AnswerReader['end'] = (out, error) => void (error && out.push({ type: 'error', error }))
  const createAnswer = () => ({ isFinished: () => false, hasBegun: () => false, read, end })
  return createReplyReader(status, {}, { framing: 'sse', createAnswer, redact, now: () => 0 })
}
