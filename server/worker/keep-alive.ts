import type { Child, SupervisorMessage } from './child.ts'
import { wait } from './wait.ts'

/** A child that lived shorter than this died of its start: the next start waits, each time longer. */
const SETTLED_MS = 2_000
const FIRST_PAUSE_MS = 100
const MAX_PAUSE_MS = 5_000

export interface KeptChild {
  send(message: SupervisorMessage): void
  /** Asks the process to end, kills it after `killAfterMs`, and resolves when it is gone for good. */
  stop(message: SupervisorMessage, killAfterMs: number): Promise<void>
}

export interface KeepAliveOptions {
  start(): Child
  afterDeath(): Promise<unknown> | undefined
  /** Once this has aborted, what dies stays dead. */
  giveUp: AbortSignal
}

/** Keeps one process running: starts it, and again whenever it dies, at once unless it keeps dying of its start. */
export function keepAlive(options: KeepAliveOptions): KeptChild {
  const stopping = new AbortController()
  const ending = AbortSignal.any([stopping.signal, options.giveUp])
  let child = options.start()
  const gone = (async () => {
    let pauseMs = 0
    for (;;) {
      const startedAt = performance.now()
      await child.exited
      if (ending.aborted) {
        await options.afterDeath()
        return
      }
      const settled = performance.now() - startedAt >= SETTLED_MS
      // Recovery and start-up go on side by side.
      const recovered = options.afterDeath()
      if (pauseMs > 0 && !settled && !(await wait(pauseMs, ending))) return await recovered
      pauseMs = settled ? 0 : Math.min(Math.max(pauseMs * 2, FIRST_PAUSE_MS), MAX_PAUSE_MS)
      child = options.start()
      await recovered
    }
  })()

  return {
    send: (message) => child.send(message),
    async stop(message, killAfterMs) {
      stopping.abort()
      child.send(message)
      const killer = setTimeout(() => child.kill('SIGKILL'), killAfterMs)
      await gone
      clearTimeout(killer)
    },
  }
}
