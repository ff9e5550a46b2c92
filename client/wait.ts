/**
 * Waits until the time is over, the signal aborts or `subscribe` reports that waiting is no longer sensible (the
 * network came back). Never throws.
 */
export function wait(ms: number, signal: AbortSignal, subscribe?: (wake: () => void) => () => void): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', finish)
      unsubscribe?.()
      resolve()
    }
    const timer = setTimeout(finish, ms)
    signal.addEventListener('abort', finish)
    const unsubscribe = subscribe?.(finish)
  })
}

export interface Backoff {
  /** Longest wait before the first repetition; doubles from there. */
  firstMs: number
  mostMs: number
}

/** Wait before repetition `failures` (from 1), with jitter over the upper half so that clients do not come in step. */
export function backoffMs({ firstMs, mostMs }: Backoff, failures: number, random: () => number): number {
  const ceiling = Math.min(mostMs, firstMs * 2 ** (failures - 1))
  return ceiling * (0.5 + random() / 2)
}
