import type { Logger } from '#server/domain/logger.ts'
import { complain } from './complain.ts'
import type { Child, SupervisorMessage } from './child.ts'
import { recoverLost, type RecoverDependencies } from './recover-lost.ts'
import { wait } from './wait.ts'

/** Of the memory that is free, so much may go to workers that run alone, each of which takes about so much. */
const MEMORY_SHARE = 0.5
const MEMORY_EACH_BYTES = 100 * 1024 * 1024
const MIN_AT_ONCE = 2
/**
 * Whoever was lost together with a request that kills its worker runs alone too: many at once may be innocent, and each
 * of them keeps a person waiting.
 */
const MAX_AT_ONCE = 16
const CHECK_MS = 2_000
const BETWEEN_CHECKS_MS = 250
/** What a worker may take to start and to take its job: until then that job waits for it, and needs no second one. */
const ARRIVAL_MS = 3_000

export interface LoneWorkersDependencies extends RecoverDependencies {
  logger: Logger
  /** Starts a worker that takes only last attempts, one after another, and ends when there are no more. */
  startLoneWorker(workerId: string): Child
  /** Bytes of memory that are free now. */
  availableMemory?: () => number
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
  const { queue, doorbell, clock, logger, availableMemory = () => process.availableMemory() } = deps
  const children = new Map<Child, Promise<void>>()
  const arriving = new Set<Child>()
  let stopping = false

  async function check(): Promise<void> {
    const waiting = await queue.countLone()
    if (waiting === 0) return
    const most = mostAtOnce(children.size)
    while (arriving.size < waiting && children.size < most && !stopping) start()
  }

  function mostAtOnce(alreadyStarted: number): number {
    const affordable = alreadyStarted + Math.floor((availableMemory() * MEMORY_SHARE) / MEMORY_EACH_BYTES)
    return Math.max(MIN_AT_ONCE, Math.min(MAX_AT_ONCE, affordable))
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
