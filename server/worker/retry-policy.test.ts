import { expect, test } from 'vitest'
import { MAX_WAIT_MS } from '#server/ports/job-queue.ts'
import { nextTry } from './retry-policy.ts'

const overloaded = { kind: 'overloaded', message: '', retryable: true } as const

test('what the provider asks to wait is waited', () => {
  expect(nextTry({ ...overloaded, retryAfterMs: 2_000 }, 1)).toEqual({ delayMs: 2_000 })
})

test('a provider that asks for hours, or for more than any job waits, gets a failed answer instead', () => {
  expect(nextTry({ ...overloaded, retryAfterMs: MAX_WAIT_MS }, 1)).toEqual({ delayMs: MAX_WAIT_MS })
  expect(nextTry({ ...overloaded, retryAfterMs: MAX_WAIT_MS + 1 }, 1)).toBeUndefined()
  expect(nextTry({ ...overloaded, retryAfterMs: 3_600_000 }, 1)).toBeUndefined()
})

test('without a wish the waits grow and are spread', () => {
  const longest = [1, 2, 3].map((number) => nextTry(overloaded, number, () => 1)?.delayMs)
  const shortest = [1, 2, 3].map((number) => nextTry(overloaded, number, () => 0)?.delayMs)
  expect(longest).toEqual([500, 1_000, 2_000])
  expect(shortest).toEqual([250, 500, 1_000])
})

test('tries are bounded', () => {
  expect(nextTry(overloaded, 4)).toBeUndefined()
})

test('a failure that a retry cannot help is final', () => {
  expect(nextTry({ kind: 'auth', message: '', retryable: false }, 1)).toBeUndefined()
})
