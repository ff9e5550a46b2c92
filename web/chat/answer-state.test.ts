// @vitest-environment node
import { describe, expect, it } from 'vitest'
import { emptyAnswer } from '#protocol/fold.ts'
import type { Answer } from '#protocol/messages.ts'
import { PROVIDER_ERROR_KINDS } from '#protocol/provider-error.ts'
import type { RunningView } from '../store/running-answer.ts'
import { answerState } from './answer-state.ts'

const NOW = 1_000_000

describe('answerState', () => {
  it.each<[string, Partial<Answer>, Partial<RunningView>, string]>([
    ['its place in the queue', { status: 'queued' }, { queuePosition: 3 }, 'Queued, 3rd in line'],
    ['that it is next', { status: 'queued' }, { queuePosition: 1 }, 'Queued, next in line'],
    ['that it is queued', { status: 'queued' }, {}, 'Queued'],
    ['that it connects', { status: 'running', attempt: 1, model: 'llama3.2' }, {}, 'Connecting to llama3.2'],
    [
      'how long it thinks',
      { parts: [{ type: 'reasoning', text: 'hm', startedAt: NOW - 4000 }] },
      {},
      'Thinking for 4 s',
    ],
    ['that it writes', { parts: [{ type: 'text', text: 'a' }] }, { lastEventAt: NOW - 500 }, 'Writing'],
    [
      'how long it has stalled',
      { parts: [{ type: 'text', text: 'a' }] },
      { lastEventAt: NOW - 40_000 },
      'Stalled: nothing new for 40 s',
    ],
    [
      'how long the first word takes',
      { attempt: 1 },
      { lastEventAt: NOW - 75_000 },
      'Waiting for the first word for 1 min 15 s',
    ],
    [
      'the attempt that recovers it',
      { status: 'recovering', attempt: 1 },
      {},
      'The worker was lost. Starting attempt 2',
    ],
    ['that it is stopping', {}, { stopping: true }, 'Stopping'],
    [
      'that the connection is lost',
      {},
      { connection: 'lost' },
      'Connection lost. The answer goes on without this page; reconnecting',
    ],
  ])('says %s', (_what, answer, live, text) => {
    expect(state(answer, live).text).toBe(text)
  })

  it('counts down to the next try and quotes the provider', () => {
    const error = { kind: 'rate-limit', message: 'Slow down.', status: 429, retryable: true } as const
    const waiting = {
      status: 'waiting',
      phase: { code: 'waiting', untilMs: NOW + 12_000, tryNumber: 2, error },
    } as const
    expect(state(waiting)).toMatchObject({
      tone: 'caution',
      text: 'Rate-limited, trying again in 12 s (try 2)',
      providerSays: 'Slow down. (429)',
    })
  })

  it('gives the measured figures of a complete answer and no others', () => {
    const metrics = { startedAt: 0, firstTokenAt: 400, endedAt: 2400, usage: { inputTokens: 18, outputTokens: 124 } }
    const done = { status: 'completed', provider: 'ollama', model: 'llama3.2' } as const
    expect(state({ ...done, metrics })).toMatchObject({
      text: 'llama3.2',
      facts: ['0.4 s to first token', '62 tokens/s', '18 tokens in, 124 out'],
    })
    expect(state({ ...done, metrics: {} }).facts).toEqual([])
  })

  it('never lets the demo model pass for a real one', () => {
    expect(state({ status: 'completed', provider: 'demo', model: 'chat' }).text).toBe('Simulated by the demo model')
  })

  it('says who stopped it, when, and when the model was let go', () => {
    const at = new Date(2026, 0, 1, 12, 4, 5).getTime()
    const stopped = { status: 'cancelled', cancelledBy: 'user', parts: [{ type: 'text', text: 'a' }] } as const
    expect(state({ ...stopped, parts: [...stopped.parts], upstreamClosedAt: at }).text).toBe(
      'Stopped by you, connection to the model closed at 12:04:05',
    )
    expect(state({ status: 'cancelled', cancelledBy: 'user' }).text).toBe('Stopped by you, before the first word')
    expect(state({ ...stopped, parts: [...stopped.parts], cancelledBy: 'shutdown' }).text).toContain('shut down')
  })

  it.each([...PROVIDER_ERROR_KINDS, 'worker-lost', 'internal'] as const)('says what to do about %s', (kind) => {
    const failed = state({ status: 'failed', error: { kind, message: 'own words', retryable: false } })
    expect(failed.tone).toBe('danger')
    expect(failed.text).not.toBe('')
    expect(failed.advice).not.toBe('')
    expect(failed.providerSays).toBe('own words')
  })

  it('says that an answer was cut off at its length', () => {
    expect(state({ status: 'completed', finishReason: 'length' })).toMatchObject({ tone: 'caution' })
  })
})

function state(answer: Partial<Answer>, live: Partial<RunningView> = {}) {
  const view: RunningView = {
    answer: emptyAnswer(),
    connection: 'open',
    queuePosition: undefined,
    lastEventAt: undefined,
    stopping: false,
    ended: false,
    error: undefined,
    ...live,
  }
  return answerState({ ...emptyAnswer(), status: 'running', ...answer }, view, NOW)
}
