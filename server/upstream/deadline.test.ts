import { stat } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
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

test('a busy event loop is no silence: what had arrived in the meantime counts', async () => {
  vi.useRealTimers()
  const { passed, deadline } = watch()
  deadline.set(20, 'late')
  // Ready while the loop is busy, and delivered where sockets are read: after the timers, which are due by then as well.
  const arrived = stat('.').then(() => deadline.set(60_000, 'late'))
  const busyUntil = performance.now() + 60
  while (performance.now() < busyUntil);
  await arrived
  await nextTurn()
  expect(passed).toEqual([])
  deadline.clear()
})
