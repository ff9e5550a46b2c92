import { expect, test } from 'vitest'
import { createSharedTimer } from './shared-timer.ts'

test('waits end at their deadlines, in order, and never early', async () => {
  const timer = createSharedTimer()
  const startMs = timer.now()
  const ended: number[] = []
  // All of them far enough ahead to be waiting when the first is due, also where the event loop is held up at first.
  const waits = [130, 105, 118, 105, 142, 111, 100, 125].map(async (afterMs) => {
    await timer.alarm().until(startMs + afterMs)
    expect(timer.now()).toBeGreaterThanOrEqual(startMs + afterMs)
    ended.push(afterMs)
  })
  await Promise.all(waits)
  expect(ended).toEqual([100, 105, 105, 111, 118, 125, 130, 142])
})

test('an earlier deadline overtakes the one that is armed already', async () => {
  const timer = createSharedTimer()
  const late = timer.alarm()
  const waiting = late.until(timer.now() + 60_000)
  await timer.alarm().until(timer.now() + 5)
  late.ring()
  await waiting
})

test('ringing ends a wait at once, and later waits still work', async () => {
  const timer = createSharedTimer()
  const alarm = timer.alarm()
  const waiting = alarm.until(timer.now() + 60_000)
  alarm.ring()
  await waiting
  alarm.ring()
  await alarm.until(timer.now() + 2)
})

test('keeps no timer of the event loop when nobody waits', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  const before = timers()
  const timer = createSharedTimer()
  const alarms = Array.from({ length: 100 }, () => timer.alarm())
  const waits = alarms.map((alarm, index) => alarm.until(timer.now() + 60_000 + index))
  expect(timers()).toBe(before + 1)
  for (const alarm of alarms) alarm.ring()
  await Promise.all(waits)
  expect(timers()).toBe(before)
})

test('a passed deadline lets other work of the event loop happen first', async () => {
  const timer = createSharedTimer()
  let turned = false
  setImmediate(() => (turned = true))
  await timer.alarm().until(timer.now() - 1)
  expect(turned).toBe(true)
})
