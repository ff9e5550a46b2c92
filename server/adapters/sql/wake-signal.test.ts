import { describe, expect, test } from 'vitest'
import { createWakeSignal } from './wake-signal.ts'

/** Longer than any test may take: only a wake or an abort ends the wait. */
const NEVER_MS = 600_000

describe('a wake signal', () => {
  test('wakes all who sleep', async () => {
    const wake = createWakeSignal()
    const { signal } = new AbortController()
    const sleeping = [wake.wait(wake.count(), NEVER_MS, signal), wake.wait(wake.count(), NEVER_MS, signal)]
    wake.wake()
    await Promise.all(sleeping)
  })

  test('does not sleep over a wake that came between looking and sleeping', async () => {
    const wake = createWakeSignal()
    const seen = wake.count()
    wake.wake()
    await wake.wait(seen, NEVER_MS, new AbortController().signal)
  })

  test('ends at its time-out and at an abort', async () => {
    const wake = createWakeSignal()
    const stop = new AbortController()
    await wake.wait(wake.count(), 1, stop.signal)
    const sleeping = wake.wait(wake.count(), NEVER_MS, stop.signal)
    stop.abort()
    await sleeping
    await wake.wait(wake.count(), NEVER_MS, stop.signal)
    expect(wake.count()).toBe(0)
  })
})
