import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createDeadline } from './deadline.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

function watch() {
  const passed: string[] = []
  return { passed, deadline: createDeadline((what) => passed.push(what)) }
}

test('passes once, after its time', () => {
  const { passed, deadline } = watch()
  deadline.set(100, 'late')
  vi.advanceTimersByTime(99)
  expect(passed).toEqual([])
  vi.advanceTimersByTime(1_000)
  expect(passed).toEqual(['late'])
})

test('does not pass as long as it is set again', () => {
  const { passed, deadline } = watch()
  for (let n = 0; n < 50; n++) {
    deadline.set(100, 'late')
    vi.advanceTimersByTime(60)
  }
  expect(passed).toEqual([])
  vi.advanceTimersByTime(60)
  expect(passed).toEqual(['late'])
})

test('a shorter time replaces a longer one, and a longer one a shorter', () => {
  const { passed, deadline } = watch()
  deadline.set(1_000, 'long')
  deadline.set(100, 'short')
  vi.advanceTimersByTime(150)
  expect(passed).toEqual(['short'])
  deadline.set(100, 'short')
  deadline.set(1_000, 'long')
  vi.advanceTimersByTime(500)
  expect(passed).toEqual(['short'])
  vi.advanceTimersByTime(600)
  expect(passed).toEqual(['short', 'long'])
})

test('cleared, it never passes', () => {
  const { passed, deadline } = watch()
  deadline.set(100, 'late')
  deadline.clear()
  vi.advanceTimersByTime(1_000)
  expect(passed).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
})

test('a busy event loop is no silence: what had arrived in the meantime counts', () => {
  const { passed, deadline } = watch()
  deadline.set(100, 'late')
  // Runs after the timers of this turn, before the deadline's own look: where a socket would be read.
  setTimeout(() => setImmediate(() => deadline.set(100, 'late')), 99)
  vi.advanceTimersByTime(150)
  expect(passed).toEqual([])
  vi.advanceTimersByTime(200)
  expect(passed).toEqual(['late'])
})
