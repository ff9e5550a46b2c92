// @vitest-environment node
import { describe, expect, it } from 'vitest'
import { createPublisher, type PublisherTiming } from './publisher.ts'

describe('createPublisher', () => {
  it('publishes the first change at the next frame and joins what follows into one publish per 45 ms', () => {
    const clock = createManualTiming()
    let publishes = 0
    const publisher = createPublisher(() => (publishes += 1), clock.timing)
    publisher.mark()
    expect(publishes).toBe(0)
    clock.advance(0)
    clock.frame()
    expect(publishes).toBe(1)
    for (let change = 0; change < 20; change += 1) {
      publisher.mark()
      clock.advance(2)
      clock.frame()
    }
    expect(publishes).toBe(1)
    clock.advance(6)
    clock.frame()
    expect(publishes).toBe(2)
  })

  it('waits for a frame, which a hidden page does not get, except for a flush', () => {
    const clock = createManualTiming()
    let publishes = 0
    const publisher = createPublisher(() => (publishes += 1), clock.timing)
    publisher.mark()
    clock.advance(10_000)
    expect(publishes).toBe(0)
    publisher.flush()
    expect(publishes).toBe(1)
    clock.frame()
    expect(publishes).toBe(1)
  })

  it('publishes nothing when nothing changed', () => {
    const clock = createManualTiming()
    let publishes = 0
    createPublisher(() => (publishes += 1), clock.timing).flush()
    clock.advance(100)
    clock.frame()
    expect(publishes).toBe(0)
  })
})

function createManualTiming() {
  let now = 0
  let timers: { at: number; run: () => void }[] = []
  let frames: (() => void)[] = []
  const timing: PublisherTiming = {
    everyMs: 45,
    now: () => now,
    setTimer: (run, ms) => {
      const timer = { at: now + ms, run }
      timers.push(timer)
      return timer
    },
    clearTimer: (timer) => (timers = timers.filter((candidate) => candidate !== timer)),
    requestFrame: (run) => frames.push(run),
  }
  return {
    timing,
    advance(ms: number) {
      now += ms
      const due = timers.filter(({ at }) => at <= now)
      timers = timers.filter(({ at }) => at > now)
      for (const { run } of due) run()
    },
    frame() {
      const due = frames
      frames = []
      for (const run of due) run()
    },
  }
}
