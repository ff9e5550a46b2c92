import { isBusy } from './sqlite-connection.ts'

/**
 * Runs writes in order of arrival. While another process keeps the database locked they wait here instead of blocking the
 * thread, so that reads go on; each waits at most its patience, however many wait before it.
 */
export interface WriteTurns {
  /**
   * Runs `write` now, or when its turn comes. `refuse` gets what it throws, which for a lock that outlasts the patience is
   * SQLite's own error.
   */
  add(write: () => void, refuse: (error: unknown) => void): void
  /** From now on nothing waits longer than this many milliseconds. */
  hurry(patienceMs: number): void
  /** Resolves when nothing waits any more. */
  idle(): Promise<void>
}

/** How long a write waits for another process. */
const WRITE_PATIENCE_MS = 5_000
const RETRY_MS = 5

interface Waiting {
  write(): void
  refuse(error: unknown): void
  giveUpAt: number
}

export function createWriteTurns(patienceMs = WRITE_PATIENCE_MS): WriteTurns {
  const waiting: Waiting[] = []
  let timer: NodeJS.Timeout | undefined
  let whenIdle: (() => void)[] = []

  /** False when it has to wait. */
  function attempt({ write, refuse, giveUpAt }: Waiting): boolean {
    try {
      write()
    } catch (error) {
      if (isBusy(error) && performance.now() < giveUpAt) return false
      refuse(error)
    }
    return true
  }

  function retry(): void {
    timer = undefined
    for (let next = waiting[0]; next && attempt(next); next = waiting[0]) waiting.shift()
    if (waiting.length > 0) timer = setTimeout(retry, RETRY_MS)
    else announceIdle()
  }

  function announceIdle(): void {
    for (const resolve of whenIdle) resolve()
    whenIdle = []
  }

  return {
    add(write, refuse) {
      const entry = { write, refuse, giveUpAt: performance.now() + patienceMs }
      if (waiting.length === 0 && attempt(entry)) return
      waiting.push(entry)
      timer ??= setTimeout(retry, RETRY_MS)
    },
    hurry(milliseconds) {
      patienceMs = Math.min(patienceMs, milliseconds)
      const latest = performance.now() + patienceMs
      for (const entry of waiting) entry.giveUpAt = Math.min(entry.giveUpAt, latest)
    },
    async idle() {
      if (waiting.length > 0) await new Promise<void>((resolve) => whenIdle.push(resolve))
    },
  }
}
