import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { MillraceError } from '#server/domain/errors.ts'
import { untilStored } from './until-stored.ts'

const full = new MillraceError('storage-full', 'full')

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A call that fails while there is a failure. */
function refusing(failure: Error | undefined) {
  const state = { failure, calls: 0 }
  const call = async (): Promise<string> => {
    state.calls++
    if (state.failure) throw state.failure
    return 'stored'
  }
  return { state, call }
}

test('a call is made again for hours if need be, at most every two seconds, until it is stored', async () => {
  const { state, call } = refusing(full)
  const stored = untilStored(call, new AbortController().signal)
  await vi.advanceTimersByTimeAsync(3_600_000)
  expect(state.calls).toBeGreaterThan(1_700)
  state.failure = undefined
  await vi.advanceTimersByTimeAsync(2_000)
  expect(await stored).toBe('stored')
})

test('what no patience can mend is thrown at once, also after a while', async () => {
  const { state, call } = refusing(new TypeError('x is not a function'))
  await expect(untilStored(call, new AbortController().signal)).rejects.toThrow('not a function')
  expect(state.calls).toBe(1)
  state.failure = full
  const thrown = expect(untilStored(call, new AbortController().signal)).rejects.toThrow('later')
  await vi.advanceTimersByTimeAsync(100)
  state.failure = new Error('later')
  await vi.advanceTimersByTimeAsync(1_000)
  await thrown
})

test('who has to leave stops waiting, with the reason why nothing was stored', async () => {
  const { call } = refusing(full)
  const leaving = new AbortController()
  const thrown = expect(untilStored(call, leaving.signal)).rejects.toBe(full)
  await vi.advanceTimersByTimeAsync(60_000)
  leaving.abort()
  await thrown
})
