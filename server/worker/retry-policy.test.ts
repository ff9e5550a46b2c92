import { expect, test } from 'vitest'
import { CIRCUIT_OPEN, PROVIDER_ERROR_KINDS } from '#protocol/provider-error.ts'
import { MAX_WAIT_MS } from '#server/ports/job-queue.ts'
import { allowsFallback, nextTry } from './retry-policy.ts'

const overloaded = { kind: 'overloaded', message: '', retryable: true } as const

test('what the provider asks to wait is waited', () => {
  expect(nextTry({ ...overloaded, retryAfterMs: 2_000 }, 1)).toEqual({ delayMs: 2_000, tryNumber: 2 })
})

test('a provider that asks for hours, or for more than any job waits, gets a failed answer instead', () => {
  expect(nextTry({ ...overloaded, retryAfterMs: MAX_WAIT_MS }, 1)).toMatchObject({ delayMs: MAX_WAIT_MS })
  expect(nextTry({ ...overloaded, retryAfterMs: MAX_WAIT_MS + 1 }, 1)).toBeUndefined()
  expect(nextTry({ ...overloaded, retryAfterMs: 3_600_000 }, 1)).toBeUndefined()
})

test('without a wish the waits grow and are spread', () => {
  const longest = [1, 2, 3].map((number) => nextTry(overloaded, number, { random: () => 1 })?.delayMs)
  const shortest = [1, 2, 3].map((number) => nextTry(overloaded, number, { random: () => 0 })?.delayMs)
  expect(longest).toEqual([500, 1_000, 2_000])
  expect(shortest).toEqual([250, 500, 1_000])
})

test('tries are bounded', () => {
  expect(nextTry(overloaded, 4)).toBeUndefined()
})

test('a failure that a retry cannot help is final', () => {
  expect(nextTry({ kind: 'auth', message: '', retryable: false }, 1)).toBeUndefined()
})

test('who can ask somebody else waits only briefly, and gives no second chance to one that stayed silent', () => {
  const withFallback = { hasFallback: true, random: () => 1 }
  expect(nextTry({ ...overloaded, retryAfterMs: 5_000 }, 1, withFallback)).toEqual({ delayMs: 5_000, tryNumber: 2 })
  expect(nextTry({ ...overloaded, retryAfterMs: 5_001 }, 1, withFallback)).toBeUndefined()
  expect(nextTry(overloaded, 1, withFallback)).toEqual({ delayMs: 500, tryNumber: 2 })
  expect(nextTry({ ...overloaded, kind: 'timeout' }, 1, withFallback)).toBeUndefined()
  expect(nextTry({ ...overloaded, kind: 'timeout' }, 1)).toBeDefined()
})

test('a pause of a provider is no try of it, and is not waited for where somebody else can be asked', () => {
  const paused = { ...overloaded, providerCode: CIRCUIT_OPEN, retryAfterMs: 3_000 }
  expect(nextTry(paused, 2)).toEqual({ delayMs: 3_000, tryNumber: 2 })
  expect(nextTry(paused, 1, { hasFallback: true })).toBeUndefined()
})

test('another model is asked for whatever may be better there, and never for what was wrong with the request', () => {
  expect(PROVIDER_ERROR_KINDS.filter((kind) => !allowsFallback(kind))).toEqual(['bad-request', 'cancelled'])
  expect(allowsFallback('internal')).toBe(false)
})
