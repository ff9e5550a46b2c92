/** One time-out that is set again and again, at next to no cost: a stream sets it with every piece it gets. */
export interface Deadline {
  /** Replaces the time-out. `what` is handed on when it passes. */
  set(afterMs: number, what: string): void
  clear(): void
}

/**
 * `onPassed` runs once per time-out that passes, but never for an event loop that was merely busy: before it, whatever
 * has already arrived is given the chance to set the deadline again.
 */
export function createDeadline(onPassed: (what: string) => void): Deadline {
  let dueAt = Infinity
  let reason = ''
  let timer: NodeJS.Timeout | undefined
  let timerDueAt = Infinity

  function arm(delayMs: number): void {
    clearTimeout(timer)
    timerDueAt = performance.now() + delayMs
    timer = setTimeout(check, delayMs)
  }

  function check(): void {
    timer = undefined
    timerDueAt = Infinity
    if (dueAt === Infinity) return
    const remainingMs = dueAt - performance.now()
    if (remainingMs > 0.5) return arm(remainingMs)
    const missed = dueAt
    // Sockets are read between the timers' phase and this.
    setImmediate(() => {
      if (dueAt !== missed) return dueAt === Infinity ? undefined : rearm()
      dueAt = Infinity
      onPassed(reason)
    })
  }

  function rearm(): void {
    if (timer === undefined) arm(Math.max(0, dueAt - performance.now()))
  }

  return {
    set(afterMs, what) {
      dueAt = performance.now() + afterMs
      reason = what
      // A timer that fires too early finds the later time and waits on: moving it now would cost more.
      if (timer === undefined || timerDueAt > dueAt) arm(afterMs)
    },
    clear() {
      dueAt = Infinity
      timerDueAt = Infinity
      clearTimeout(timer)
      timer = undefined
    },
  }
}
