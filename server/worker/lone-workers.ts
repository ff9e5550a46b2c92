import type { Logger } from '#server/domain/logger.ts'
import { complain } from './complain.ts'
import type { Child, SupervisorMessage } from './child.ts'
import { recoverLost, type RecoverDependencies } from './recover-lost.ts'
import { wait } from './wait.ts'

/** A last attempt is rare; each at work costs a process of about 70 MB. */
const MAX_AT_ONCE = 4
const CHECK_MS = 2_000
const BETWEEN_CHECKS_MS = 250
/** What a worker may take to start and to take its job: until then that job waits for it, and needs no second one. */
const ARRIVAL_MS = 3_000

export interface LoneWorkersDependencies extends RecoverDependencies {
  logger: Logger
  /** Starts a worker that takes only last attempts, one after another, and ends when there are no more. */
  startLoneWorker(workerId: string): Child
}

export interface LoneWorkers {
  /** Starts workers for last attempts as they come up, until the signal aborts. Rejects never. */
  run(signal: AbortSignal): Promise<void>
  send(message: SupervisorMessage): void
  /** Asks all to end, kills them after `killAfterMs`, and resolves when they are gone. */
  stop(message: SupervisorMessage, killAfterMs: number): Promise<void>
}

/**
 * Whoever killed two workers may kill a third: the last attempt runs alone in a process of its own, so that it takes no
 * neighbours along.
 */
export function createLoneWorkers(deps: LoneWorkersDependencies): LoneWorkers {
  const { queue, doorbell, clock, logger } = deps
  const children = new Map<Child, Promise<void>>()
  const arriving = new Set<Child>()
  let stopping = false

  async function check(): Promise<void> {
    const waiting = await queue.countLone()
    while (arriving.size < waiting && children.size < MAX_AT_ONCE && !stopping) start()
  }

  function start(): void {
    const workerId = `lone-${clock.newId()}`
    const child = deps.startLoneWorker(workerId)
    arriving.add(child)
    const arrived = setTimeout(() => arriving.delete(child), ARRIVAL_MS).unref()
    const gone = child.exited
      .then(() => {
        clearTimeout(arrived)
        arriving.delete(child)
        return recoverLost(deps, { workerId })
      })
      .catch((error: unknown) => complain(logger, error, 'recovery failed; its lease has to run out'))
      .then(() => void children.delete(child))
    children.set(child, gone)
  }

  return {
    async run(signal) {
      let look = new AbortController()
      const silence = doorbell.listen((bell) => {
        if (bell.kind === 'jobs') look.abort()
      })
      const onAbort = () => look.abort()
      signal.addEventListener('abort', onAbort, { once: true })
      while (!signal.aborted) {
        look = new AbortController()
        const woken = look.signal
        await check().catch((error: unknown) => complain(logger, error, 'last attempts could not be counted'))
        // Every question rings the same bell: for what is rare, a look in a while is enough.
        await wait(BETWEEN_CHECKS_MS, signal)
        await wait(CHECK_MS, woken)
      }
      silence()
    },
    send(message) {
      for (const child of children.keys()) child.send(message)
    },
    async stop(message, killAfterMs) {
      stopping = true
      for (const child of children.keys()) child.send(message)
      const killer = setTimeout(() => {
        for (const child of children.keys()) child.kill('SIGKILL')
      }, killAfterMs)
      await Promise.all(children.values())
      clearTimeout(killer)
    },
  }
}
