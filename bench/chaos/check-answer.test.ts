import { expect, test } from 'vitest'
import type { AttemptReason, GenerationEvent } from '#protocol/events.ts'
import { checkAnswer } from './check-answer.ts'

const expected = { thinking: 'r0 r1 ', text: 't0 t1 t2 ' }

function start(attempt: number, reason: AttemptReason = 'worker-lost'): GenerationEvent {
  return { type: 'attempt-start', attempt, reason, provider: 'demo', model: 'script', at: 1 }
}
const thought = (text: string): GenerationEvent => ({ type: 'reasoning-delta', text, at: 2 })
const word = (text: string): GenerationEvent => ({ type: 'text-delta', text, at: 3 })
const end: GenerationEvent = { type: 'end', status: 'completed', at: 4 }
const lost: GenerationEvent = {
  type: 'end',
  status: 'failed',
  error: { kind: 'worker-lost', message: '', retryable: true },
  at: 4,
}
const whole = [thought('r0 '), thought('r1 '), word('t0 '), word('t1 t2 ')]

function faultsOf(...events: GenerationEvent[]): string[] {
  const faults: string[] = []
  checkAnswer(events, expected, (what) => faults.push(what))
  return faults
}

test('finds nothing wrong with a whole answer, however often its worker was lost and however it went on', () => {
  expect(faultsOf(start(1, 'first'), ...whole, end)).toEqual([])
  expect(faultsOf(start(1, 'first'), thought('r0 '), start(2), ...whole, end)).toEqual([])
  expect(faultsOf(start(1, 'first'), ...whole.slice(0, 3), start(2, 'resumed'), word('t1 t2 '), end)).toEqual([])
  expect(faultsOf(start(1, 'first'), ...whole.slice(0, 3), start(2), thought('r0 '), start(3), lost)).toEqual([])
})

test.each([
  ['a lost token', [start(1, 'first'), ...whole.slice(0, 2), word('t1 t2 '), end]],
  ['a doubled token', [start(1, 'first'), ...whole.slice(0, 3), word('t0 '), word('t1 t2 '), end]],
  ['a lost thought', [start(1, 'first'), ...whole.slice(1), end]],
  ['half an answer that is called complete', [start(1, 'first'), ...whole.slice(0, 3), end]],
  ['a lost token in an attempt that was lost', [start(1, 'first'), thought('r1 '), start(2), ...whole, end]],
  ['a token twice where an attempt was resumed', [start(1, 'first'), ...whole, start(2, 'resumed'), word('t2 '), end]],
  ['attempts that are not counted', [start(1, 'first'), thought('r0 '), start(3), ...whole, end]],
  ['an answer without an end', [start(1, 'first'), ...whole]],
  ['a stop that nobody asked for', [start(1, 'first'), { type: 'end', status: 'cancelled', at: 4 }]],
] satisfies [string, GenerationEvent[]][])('notices %s', (_, events) => {
  expect(faultsOf(...events)).not.toEqual([])
})
