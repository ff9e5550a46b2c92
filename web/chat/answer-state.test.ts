// @vitest-environment node
import { describe, expect, it } from 'vitest'
import { emptyAnswer, fold } from '#protocol/fold.ts'
import type { Answer } from '#protocol/messages.ts'
import { PROVIDER_ERROR_KINDS } from '#protocol/provider-error.ts'
import type { RunningView } from '../store/running-answer.ts'
import { answerState } from './answer-state.ts'

const NOW = 1_000_000

describe('answerState', () => {
  it.each<[string, Partial<Answer>, Partial<RunningView>, string]>([
    ['its place in the queue', { status: 'queued' }, { queuedBefore: 2 }, 'Queued, 3rd in line'],
    ['that it is next', { status: 'queued' }, { queuedBefore: 0 }, 'Queued, next in line'],
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
      'Stalled for 40 s',
    ],
    [
      'how long the first word takes',
      { attempt: 1 },
      { lastEventAt: NOW - 65_000 },
      'Waiting for the first word for 1 min 05 s',
    ],
    [
      'the attempt that recovers it',
      { status: 'recovering', attempt: 1 },
      {},
      'The worker was lost, starting attempt 2',
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

  describe('P25: while a provider asks for patience', () => {
    const error = { kind: 'rate-limit', message: 'Slow down.', status: 429, retryable: true } as const
    const wait = (leftMs: number, wholeMs = 90_000) =>
      state(
        { status: 'waiting', phase: { code: 'waiting', untilMs: NOW + leftMs, tryNumber: 2, error } },
        { lastEventAt: NOW + leftMs - wholeMs },
      )

    it('counts down to the next try, and has the words of the provider ready', () => {
      expect(wait(12_000)).toMatchObject({
        tone: 'caution',
        text: 'Rate-limited, trying again in 12 s',
        facts: ['try 2'],
        quote: { label: 'The provider says', text: 'Slow down. (429)' },
      })
    })

    it.each([
      [90_000, '1 min 30 s'],
      [64_999, '1 min 05 s'],
      [59_001, '1 min 00 s'],
      [58_999, '59 s'],
      [9_000, '\u20079 s'],
      [1, '\u20071 s'],
    ])('says %i ms as %j, so that nothing beside it moves', (leftMs, text) => {
      expect(wait(leftMs).text).toBe(`Rate-limited, trying again in ${text}`)
    })

    it('needs no room for a second digit in a wait that never had one', () => {
      expect(wait(4_000, 4_000).text).toBe('Rate-limited, trying again in 4 s')
    })

    it('never begins with more than was asked for, however late the page looked at its clock', () => {
      expect(wait(90_400).text).toBe('Rate-limited, trying again in 1 min 30 s')
    })

    it('does not count beyond the end', () => {
      expect(wait(0).text).toBe('Rate-limited, trying again now')
      expect(wait(-700).text).toBe('Rate-limited, trying again now')
    })
  })

  describe('tells of attempts', () => {
    const written: Answer['parts'] = [{ type: 'text', text: 'a' }]
    const superseded = [{ attempt: 1, parts: written }]

    it.each<[string, Partial<Answer>, string[]]>([
      ['no word of the first', { attempt: 1, attemptReason: 'first' }, []],
      ['a lost worker that had written nothing', { attemptReason: 'worker-lost' }, ['attempt 2, the worker was lost']],
      ['a handover before the first word', { attemptReason: 'drained' }, ['attempt 2, handed over']],
      ['text that goes on', { attemptReason: 'resumed' }, ['attempt 2, resumed']],
      ['only the number where the reason stands above', { attemptReason: 'drained', superseded }, ['attempt 2']],
    ])('%s', (_what, answer, facts) => {
      expect(state({ attempt: 2, parts: written, ...answer }).facts).toEqual(facts)
    })

    it('that the provider is asked to go on where it broke off', () => {
      const resuming = { attempt: 2, attemptReason: 'resumed', parts: written, phase: { code: 'connecting' } } as const
      expect(state({ ...resuming, parts: written })).toMatchObject({
        text: 'Resuming where it broke off',
        facts: ['attempt 2, resumed'],
      })
    })

    it('also once it is complete, when nothing else would', () => {
      const done = { status: 'completed', attempt: 2, attemptReason: 'resumed', metrics: {} } as const
      expect(state(done).facts).toEqual(['attempt 2, resumed'])
      expect(state({ ...done, attemptReason: 'worker-lost', superseded }).facts).toEqual([])
    })

    it('how long a lost worker has had no successor', () => {
      expect(state({ status: 'recovering', attempt: 1 }, { lastEventAt: NOW - 20_000 }).facts).toEqual([
        'no worker has taken it up for 20 s',
      ])
    })
  })

  describe('P21: is spoken', () => {
    it('once, whatever counts in it', () => {
      const stalled = (ms: number) => state({ parts: [{ type: 'text', text: 'a' }] }, { lastEventAt: NOW - ms }).spoken
      expect(stalled(6_000)).toEqual({ topic: 'stalled 0', text: 'Stalled for 6 s' })
      expect(stalled(59_000)?.topic).toBe('stalled 0')
      expect(stalled(61_000)?.topic).toBe('stalled 1')
    })

    it('not at all for what passes in a moment', () => {
      expect(state({ attempt: 1 }).spoken).toBeUndefined()
    })

    it('at the end without figures', () => {
      expect(state({ status: 'completed', metrics: { startedAt: 0, firstTokenAt: 1 } }).spoken?.text).toBe(
        'Answer complete',
      )
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

  it('P5: says who stopped it, what was kept, and when the model was disconnected', () => {
    const at = new Date(2026, 0, 1, 12, 4, 5).getTime()
    const stopped: Partial<Answer> = {
      status: 'cancelled',
      cancelledBy: 'user',
      parts: [{ type: 'text', text: 'a' }],
      metrics: { startedAt: 0, pieces: 128 },
    }
    expect(state({ ...stopped, upstreamClosedAt: at })).toMatchObject({
      text: 'Stopped by you',
      facts: ['128 tokens written', 'model disconnected at 12:04:05'],
    })
    const usage = { inputTokens: 18, outputTokens: 124 }
    expect(state({ ...stopped, metrics: { startedAt: 0, pieces: 120, usage } }).facts).toEqual([
      '120 tokens written',
      '18 tokens in, 124 out, as billed',
    ])
    expect(state({ ...stopped, parts: [] }).facts).toEqual(['before the first word'])
    expect(state({ ...stopped, parts: [], metrics: {} }).facts).toEqual(['no model was asked'])
    expect(state({ ...stopped, cancelledBy: 'shutdown' }).text).toContain('shut down')
  })

  it.each([...PROVIDER_ERROR_KINDS, 'worker-lost', 'internal'] as const)('says what to do about %s', (kind) => {
    const failed = state({ status: 'failed', error: { kind, message: 'own words', retryable: false } })
    expect(failed.tone).toBe('danger')
    expect(failed.text).not.toBe('')
    expect(failed.advice).not.toBe('')
    expect(failed.quote?.text).toBe('own words')
  })

  it('promises nothing kept where nothing had been written', () => {
    const lost = { status: 'failed', error: { kind: 'worker-lost', message: '', retryable: true } } as const
    expect(state(lost).advice).toBe('Nothing had been written. Retry.')
    expect(state({ ...lost, parts: [{ type: 'text', text: 'a' }] }).advice).toContain('is kept')
  })

  it('says that an answer was cut off at its length', () => {
    expect(state({ status: 'completed', finishReason: 'length' })).toMatchObject({ tone: 'caution' })
  })
})

function state(answer: Partial<Answer>, live: Partial<RunningView> = {}) {
  const view: RunningView = {
    answer: emptyAnswer(),
    received: emptyAnswer(),
    paused: false,
    connection: 'open',
    queuedBefore: undefined,
    lastEventAt: undefined,
    stopping: false,
    ended: false,
    error: undefined,
    ...live,
  }
  return answerState({ ...emptyAnswer(), status: 'running', ...answer }, view, NOW)
}

it('says why an answer was filtered, in the words of the provider, from the log on', () => {
  const end = {
    type: 'end',
    status: 'completed',
    finishReason: 'content-filter',
    finishDetail: 'Not that.',
    at: 2,
  } as const
  const state = answerState(fold(emptyAnswer(), end), undefined, NOW)
  expect(state?.text).toBe('Ended by the provider’s content filter')
  expect(state?.quote).toMatchObject({ text: 'Not that.' })
})
