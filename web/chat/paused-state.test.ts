// @vitest-environment node
import { describe, expect, it } from 'vitest'
import { emptyAnswer } from '#protocol/fold.ts'
import type { Answer } from '#protocol/messages.ts'
import { answerState } from './answer-state.ts'
import { pausedState } from './paused-state.ts'

const NOW = 1_000_000
const PARTS: Answer['parts'] = [{ type: 'text', text: 'a' }]

describe('pausedState', () => {
  it.each<[string, Partial<Answer>, number, string, string[]]>([
    ['how much waits', {}, 412, 'Paused, 412 tokens waiting', []],
    ['that the model goes on, before anything waits', {}, 0, 'Paused, the model goes on', []],
    ['that it is complete', { status: 'completed' }, 1, 'Paused, the answer is complete, 1 token waiting', []],
    ['who stopped it', { status: 'cancelled', cancelledBy: 'user' }, 8, 'Paused, stopped by you, 8 tokens waiting', []],
    [
      'that another attempt is under way',
      { attempt: 2, superseded: [{ attempt: 1, parts: PARTS }] },
      3,
      'Paused, attempt 2 has begun anew, 3 tokens waiting',
      [],
    ],
    ['that it has not begun', { status: 'queued' }, 0, 'Paused', ['Queued']],
    [
      'that its worker was lost',
      { status: 'recovering', attempt: 1 },
      5,
      'Paused, 5 tokens waiting',
      ['The worker was lost, starting attempt 2'],
    ],
  ])('says %s', (_what, written, waiting, text, facts) => {
    expect(state(written, waiting)).toMatchObject({ text, facts })
  })

  it('says that it failed, with the provider’s words at hand and in no tone of alarm', () => {
    const error = { kind: 'quota', message: 'Pay first.', retryable: false } as const
    const line = state({ status: 'failed', error }, 8)
    expect(line).toMatchObject({
      tone: 'caution',
      text: 'Paused, the answer failed, 8 tokens waiting',
      quote: { text: 'Pay first.' },
    })
    expect(line.facts[0]).toContain('quota')
  })

  it('says where nothing is held back on this page', () => {
    const whole = { ...emptyAnswer(), status: 'completed', parts: PARTS } as const
    const held = { answer: whole, written: whole, waitingTokens: 0 }
    expect(pausedState(held, answerState(whole, undefined, NOW)).text).toBe('Paused, but shown whole here')
  })

  it('P21: is spoken once, whatever number waits', () => {
    expect(state({}, 3).spoken).toEqual(state({}, 412).spoken)
    expect(state({}, 3).spoken?.text).toBe('Paused, the model goes on')
    expect(state({ status: 'completed' }, 3).spoken?.text).toBe('Paused, the answer is complete')
  })
})

function state(written: Partial<Answer>, waitingTokens: number) {
  const answer: Answer = { ...emptyAnswer(), status: 'running', attempt: 1, parts: PARTS }
  const all = { ...answer, ...written }
  return pausedState({ answer, written: all, waitingTokens }, answerState(all, undefined, NOW))
}
