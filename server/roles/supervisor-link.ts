import { flushCompileCache } from 'node:module'
import { ALIVE_MS, type ChildMessage, type SupervisorMessage } from '#server/worker/child.ts'

const FLUSH_AFTER_MS = 1_000

/** Requests to end, however they come: from the supervisor, as a signal, or by the supervisor's death. */
export interface EndRequests {
  /** Finish within the drain time, or hand over. */
  readonly drain: AbortSignal
  /** End at once. */
  readonly stop: AbortSignal
  /** A signal came to this very process: nobody else decides when it ends. */
  readonly signalled: AbortSignal
}

/**
 * Listens for requests to end. Under a supervisor a terminal's Ctrl+C reaches the child too and is ignored there: the
 * supervisor decides the order. When the supervisor dies, the child ends at once instead of living on unwatched.
 */
export function listenForEnd(): EndRequests {
  const drain = new AbortController()
  const stop = new AbortController()
  const signalled = new AbortController()
  const supervised = process.send !== undefined
  if (supervised) setInterval(() => void tellSupervisor({ kind: 'alive' }), ALIVE_MS).unref()
  process.on('message', (message: SupervisorMessage) => {
    if (message.kind === 'work') return
    drain.abort()
    if (message.kind === 'stop') stop.abort()
  })
  process.on('disconnect', () => {
    drain.abort()
    stop.abort()
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (supervised && signal === 'SIGINT') return
      if (drain.signal.aborted) stop.abort()
      drain.abort()
      signalled.abort()
    })
  }
  return { drain: drain.signal, stop: stop.signal, signalled: signalled.signal }
}

/** Resolves with true once the supervisor says that there is work, and with false when it is to end before that. */
export function waitForWork(end: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    process.on('message', (message: SupervisorMessage) => {
      if (message.kind === 'work') resolve(true)
    })
    if (end.aborted) resolve(false)
    end.addEventListener('abort', () => resolve(false), { once: true })
  })
}

/** Tells the supervisor that this process can work, and keeps its compiled code for the next: it may not end in peace. */
export function tellReady(): void {
  void tellSupervisor({ kind: 'ready' })
  setTimeout(() => flushCompileCache(), FLUSH_AFTER_MS).unref()
}

/** Tells the supervisor, when there is one. */
export function tellSupervisor(message: ChildMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send) process.send(message, () => resolve())
    else resolve()
  })
}
