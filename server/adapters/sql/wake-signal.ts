/** Lets readers sleep until something may be new, without missing a wake between looking and sleeping. */
export interface WakeSignal {
  /** How often it was woken; take it before looking. */
  count(): number
  wake(): void
  /** Resolves at once when it was woken since `seen`, else at the next wake, after `timeoutMs` or when the signal aborts. */
  wait(seen: number, timeoutMs: number, signal: AbortSignal): Promise<void>
}

export function createWakeSignal(): WakeSignal {
  const sleepers = new Set<() => void>()
  let count = 0

  return {
    count: () => count,
    wake() {
      count++
      for (const rouse of sleepers) rouse()
    },
    wait(seen, timeoutMs, signal) {
      if (seen !== count || signal.aborted) return Promise.resolve()
      return new Promise((resolve) => {
        const rouse = (): void => {
          clearTimeout(timer)
          signal.removeEventListener('abort', rouse)
          sleepers.delete(rouse)
          resolve()
        }
        const timer = setTimeout(rouse, timeoutMs)
        signal.addEventListener('abort', rouse, { once: true })
        sleepers.add(rouse)
      })
    },
  }
}
