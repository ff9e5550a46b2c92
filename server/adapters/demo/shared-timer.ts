/** Waiting, for many streams at once. Times are milliseconds on a clock that never goes back. */
export interface Timer {
  now(): number
  alarm(): Alarm
}

/** Belongs to one stream, which waits for one thing at a time. */
export interface Alarm {
  /** Resolves at the deadline, or when `ring` is called. A deadline that has passed costs one turn of the event loop. */
  until(deadlineMs: number): Promise<void>
  /** Ends the wait that is under way, if any. */
  ring(): void
}

interface Sleeper {
  deadlineMs: number
  wake: (() => void) | undefined
}

/**
 * One timer of the event loop for all waits: thousands of streams that each wait for their next token would otherwise keep
 * thousands of timers.
 */
export function createSharedTimer(): Timer {
  const heap = createDeadlineHeap()
  let timeout: NodeJS.Timeout | undefined
  let firesAtMs = Infinity
  let awake = 0
  const now = () => performance.now()

  function arm() {
    const next = heap.first()?.deadlineMs ?? Infinity
    if (timeout && firesAtMs <= next) return
    clearTimeout(timeout)
    timeout = undefined
    if (next === Infinity) return
    firesAtMs = next
    timeout = setTimeout(fire, Math.max(1, Math.ceil(next - now())))
  }

  function fire() {
    timeout = undefined
    const nowMs = now()
    for (let first = heap.first(); first && first.deadlineMs <= nowMs; first = heap.first()) {
      heap.removeFirst()
      finish(first)
    }
    arm()
  }

  function finish(sleeper: Sleeper) {
    if (!sleeper.wake) return
    sleeper.wake()
    sleeper.wake = undefined
    awake -= 1
    if (awake > 0) return
    // Whoever was woken early leaves its place in the heap behind; the last one clears it.
    heap.clear()
    clearTimeout(timeout)
    timeout = undefined
  }

  return {
    now,
    alarm() {
      let sleeper: Sleeper | undefined
      return {
        until(deadlineMs) {
          if (deadlineMs <= now()) return new Promise<void>((resolve) => setImmediate(resolve))
          return new Promise<void>((resolve) => {
            sleeper = { deadlineMs, wake: resolve }
            awake += 1
            heap.add(sleeper)
            arm()
          })
        },
        ring() {
          if (sleeper) finish(sleeper)
        },
      }
    },
  }
}

/** A binary heap: the earliest deadline is first. */
function createDeadlineHeap() {
  const items: Sleeper[] = []
  const deadlineAt = (index: number) => items[index]?.deadlineMs ?? Infinity
  const swap = (one: number, other: number) => {
    const kept = items[one]
    const moved = items[other]
    if (kept && moved) [items[one], items[other]] = [moved, kept]
  }
  return {
    first: () => items[0],
    add(sleeper: Sleeper) {
      let index = items.push(sleeper) - 1
      while (index > 0) {
        const parent = (index - 1) >> 1
        if (deadlineAt(parent) <= sleeper.deadlineMs) return
        swap(index, parent)
        index = parent
      }
    },
    removeFirst() {
      const last = items.pop()
      if (!last || items.length === 0) return
      items[0] = last
      let index = 0
      for (;;) {
        const left = 2 * index + 1
        const child = deadlineAt(left + 1) < deadlineAt(left) ? left + 1 : left
        if (deadlineAt(child) >= last.deadlineMs) return
        swap(index, child)
        index = child
      }
    },
    clear() {
      items.length = 0
    },
  }
}
