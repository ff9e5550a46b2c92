export interface PublisherTiming {
  /** Shortest time between two publishes. */
  everyMs: number
  now: () => number
  setTimer: (run: () => void, ms: number) => unknown
  clearTimer: (timer: unknown) => void
  /** Runs before the next paint; not at all while the page is hidden, so that hidden pages do not render. */
  requestFrame: (run: () => void) => unknown
}

export interface Publisher {
  /** Something changed: publish soon, together with what changes until then. */
  mark: () => void
  /** Publish what has changed now; for ends, which must not wait for a frame that a hidden page never gets. */
  flush: () => void
  dispose: () => void
}

export const PAGE_TIMING: PublisherTiming = {
  everyMs: 45,
  now: () => performance.now(),
  setTimer: (run, ms) => setTimeout(run, ms),
  clearTimer: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
  requestFrame: (run) => requestAnimationFrame(run),
}

/**
 * Joins many changes into few publishes. The cost of a streaming page is per update, not per token: 45 ms is quicker
 * than one can read and leaves most frames free.
 */
export function createPublisher(publish: () => void, timing: PublisherTiming = PAGE_TIMING): Publisher {
  let lastAt = Number.NEGATIVE_INFINITY
  let dirty = false
  let scheduled = false
  let timer: unknown
  let round = 0

  const run = () => {
    round += 1
    scheduled = false
    if (!dirty) return
    dirty = false
    lastAt = timing.now()
    publish()
  }

  return {
    mark() {
      dirty = true
      if (scheduled) return
      scheduled = true
      const mine = round
      const frame = () => {
        if (mine === round) run()
      }
      timer = timing.setTimer(() => timing.requestFrame(frame), Math.max(0, lastAt + timing.everyMs - timing.now()))
    },
    flush() {
      timing.clearTimer(timer)
      run()
    },
    dispose() {
      timing.clearTimer(timer)
      round += 1
      dirty = false
      scheduled = false
    },
  }
}
