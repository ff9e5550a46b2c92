import { describe, expect, test } from 'vitest'
import { CIRCUIT_OPEN } from '#protocol/provider-error.ts'
import { createCircuitBreakers, experienceOf, FAILURES_TO_OPEN, type Experience } from './circuit-breaker.ts'

const MODEL = { provider: 'openai', model: 'a' }
const OTHER_MODEL = { provider: 'openai', model: 'b' }
const OWN_KEY = { ...MODEL, credentials: { apiKey: 'sk-mine' } }

function open() {
  const clock = { at: 1_000_000, now: () => clock.at }
  const breakers = createCircuitBreakers(clock)
  const go = (how: Experience, to: Parameters<typeof breakers.enter>[0] = MODEL) => {
    const entry = breakers.enter(to)
    if (!entry.ok) return entry.error
    entry.leave(how)
    return 'sent'
  }
  const fail = (times: number, kind: 'server' | 'network' = 'server', to = MODEL) => {
    for (let time = 0; time < times; time++) expect(go({ failed: kind }, to)).toBe('sent')
  }
  const sent = (how: Experience = 'answered', to: Parameters<typeof go>[1] = MODEL) => go(how, to) === 'sent'
  return { clock, breakers, go, fail, sent }
}

describe('a provider that fails in a row', () => {
  test('is left alone from the fifth time on, in words that say how long', () => {
    const { clock, go, fail } = open()
    fail(FAILURES_TO_OPEN)
    clock.at += 4_000
    expect(go('answered')).toEqual({
      kind: 'server',
      message: 'openai/a has failed 5 times in a row, the last time with "server". It is left alone for 6 s.',
      providerCode: CIRCUIT_OPEN,
      retryable: true,
      retryAfterMs: 6_000,
    })
  })

  test('is asked again by exactly one after the pause, and by all once that was answered', () => {
    const { clock, breakers, fail, sent } = open()
    fail(FAILURES_TO_OPEN)
    clock.at += 10_000
    const probe = breakers.enter(MODEL)
    expect(probe.ok).toBe(true)
    expect(breakers.enter(MODEL)).toMatchObject({ ok: false, error: { retryAfterMs: 2_000 } })
    if (probe.ok) probe.leave('answered')
    expect([sent(), sent()]).toEqual([true, true])
    fail(FAILURES_TO_OPEN - 1)
    expect(sent()).toBe(true)
  })

  test('gets longer pauses with each probe that fails, up to a minute', () => {
    const { clock, breakers, go, fail } = open()
    fail(FAILURES_TO_OPEN)
    const pauses = [1, 2, 3, 4].map(() => {
      while (breakers.isOpen(MODEL)) clock.at += 1_000
      expect(go({ failed: 'server' })).toBe('sent')
      const entry = breakers.enter(MODEL)
      return entry.ok ? undefined : entry.error.retryAfterMs
    })
    expect(pauses).toEqual([20_000, 40_000, 60_000, 60_000])
  })

  test('is probed again at once where the probe told nothing', () => {
    const { clock, fail, sent } = open()
    fail(FAILURES_TO_OPEN)
    clock.at += 10_000
    expect(sent('unknown')).toBe(true)
    expect(sent('answered')).toBe(true)
    expect(sent()).toBe(true)
  })

  test('is left alone no longer than its pause when the clock is put back', () => {
    const { clock, breakers, fail } = open()
    fail(FAILURES_TO_OPEN)
    clock.at -= 3_600_000
    const entry = breakers.enter(MODEL)
    expect(entry.ok ? 0 : entry.error.retryAfterMs).toBe(10_000)
  })
})

test('an answer in between, or a minute of peace, begins the row anew', () => {
  const { clock, fail, sent } = open()
  fail(FAILURES_TO_OPEN - 1)
  expect(sent('answered')).toBe(true)
  fail(FAILURES_TO_OPEN - 1)
  clock.at += 61_000
  fail(FAILURES_TO_OPEN - 1)
  expect(sent()).toBe(true)
})

test('a model that fails stands for itself, an instance that cannot be reached for all its models', () => {
  const one = open()
  one.fail(FAILURES_TO_OPEN, 'server')
  expect([one.sent(), one.sent('answered', OTHER_MODEL)]).toEqual([false, true])
  const all = open()
  all.fail(FAILURES_TO_OPEN, 'network')
  expect([all.sent(), all.sent('answered', OTHER_MODEL)]).toEqual([false, false])
  expect(all.sent('answered', { provider: 'other', model: 'a' })).toBe(true)
})

test('a key of a user’s own has a circuit of its own, both ways', () => {
  const { fail, sent } = open()
  fail(FAILURES_TO_OPEN, 'network', OWN_KEY)
  expect([sent('answered', OWN_KEY), sent()]).toEqual([false, true])
})

test('requests that were under way when it opened neither prolong the pause nor hold the probe', () => {
  const { clock, breakers, fail, sent } = open()
  const late = breakers.enter(MODEL)
  fail(FAILURES_TO_OPEN)
  clock.at += 9_000
  if (late.ok) late.leave({ failed: 'server' })
  clock.at += 1_000
  expect(sent()).toBe(true)
})

test('a refused key, a limit or a wrong request say that the provider is there', () => {
  const said = (kind: Parameters<typeof experienceOf>[0]['kind'], retryable = true) =>
    experienceOf({ kind, message: '', retryable })
  expect(['auth', 'quota', 'rate-limit', 'bad-request', 'context-length'].map((kind) => said(kind as 'auth'))).toEqual(
    Array(5).fill('answered'),
  )
  expect(['cancelled', 'bad-response', 'incomplete'].map((kind) => said(kind as 'auth'))).toEqual(
    Array(3).fill('unknown'),
  )
  expect([said('network'), said('network', false)]).toEqual([{ failed: 'network' }, 'unknown'])
})
