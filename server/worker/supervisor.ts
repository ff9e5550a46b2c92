import { isStorageFailure } from '#server/domain/errors.ts'
import type { Logger } from '#server/domain/logger.ts'
import type { Child, ChildMessage } from './child.ts'
import { complain } from './complain.ts'
import { keepAlive, type KeptChild } from './keep-alive.ts'
import { createLoneWorkers } from './lone-workers.ts'
import { orAborted } from './or-aborted.ts'
import { recoverLost, type RecoverDependencies } from './recover-lost.ts'
import { createSpareWorker, type SpareWorker } from './spare-worker.ts'
import { sweepUntil } from './sweep-until.ts'
import { untilStored } from './until-stored.ts'
import { wait } from './wait.ts'

export interface SupervisorDependencies extends RecoverDependencies {
  logger: Logger
  workers: number
  /** How long workers may go on writing answers after a stop was asked for. */
  drainMs: number
  /** What a process may take beyond that before it is killed; its generations are recovered at the next start. */
  killAfterMs: number
  startApi(onMessage: (message: ChildMessage) => void): Child
  startWorker(workerId: string, onMessage: (message: ChildMessage) => void): Child
  /** Starts one that gets ready and waits until it is told to work; absent where none is to stand by. */
  startSpareWorker: ((workerId: string, onMessage: (message: ChildMessage) => void) => Child) | undefined
  startLoneWorker(workerId: string): Child
}

/**
 * Keeps one API and some workers running as siblings: what dies is replaced, and a dead worker's generations are given to
 * the others at once. When `stop` aborts, the workers finish or hand over while the API goes on serving; `hurry` cuts that
 * short. Resolves with the exit code: 1 when a child says that it can never work.
 */
export async function supervise(deps: SupervisorDependencies, stop: AbortSignal, hurry: AbortSignal): Promise<number> {
  const unusable = new AbortController()
  const onMessage = (message: ChildMessage) => {
    if (message.kind === 'unusable') unusable.abort()
  }
  const giveUp = unusable.signal
  const ending = AbortSignal.any([stop, unusable.signal])
  // People may read while a full disk keeps the rest from starting.
  const api = keepAlive({ start: () => deps.startApi(onMessage), afterDeath: () => undefined, giveUp })
  const recovered = await recoverAll(deps, ending)
  const spare = recovered ? keepSpare(deps, onMessage) : undefined
  const workers = Array.from({ length: recovered ? deps.workers : 0 }, (_, index) =>
    keepWorker(deps, index + 1, spare, onMessage, giveUp),
  )
  const lone = createLoneWorkers(deps)
  const upkeep = Promise.all([sweepUntil(ending, deps), lone.run(ending)])
  await orAborted(upkeep, ending)

  api.send({ kind: 'drain' })
  const drainMs = unusable.signal.aborted ? 0 : deps.drainMs
  const all = [...workers, lone]
  const hurried = () => all.forEach((worker) => worker.send({ kind: 'stop' }))
  hurry.addEventListener('abort', hurried, { once: true })
  const message = drainMs > 0 && !hurry.aborted ? ({ kind: 'drain' } as const) : ({ kind: 'stop' } as const)
  await spare?.stop()
  await Promise.all(all.map((worker) => worker.stop(message, drainMs + deps.killAfterMs)))
  await api.stop({ kind: 'stop' }, deps.killAfterMs)
  // A sweep may wait for a lock.
  await Promise.race([upkeep, wait(deps.killAfterMs)])
  return unusable.signal.aborted ? 1 : 0
}

/** Whoever held a lease before this start is gone, or fenced by this. False when it was told to end before it could. */
async function recoverAll(deps: SupervisorDependencies, ending: AbortSignal): Promise<boolean> {
  try {
    await untilStored(() => recoverLost(deps, { now: Number.MAX_SAFE_INTEGER }), ending)
    return true
  } catch (error) {
    if (!isStorageFailure(error)) throw error
    return false
  }
}

function keepSpare(
  { startSpareWorker, clock }: SupervisorDependencies,
  onMessage: (message: ChildMessage) => void,
): SpareWorker | undefined {
  if (!startSpareWorker) return undefined
  return createSpareWorker((onReady) => {
    const workerId = `worker-spare-${clock.newId()}`
    const hear = (message: ChildMessage) => {
      onReady(message)
      onMessage(message)
    }
    return { workerId, child: startSpareWorker(workerId, hear) }
  })
}

function keepWorker(
  deps: SupervisorDependencies,
  number: number,
  spare: SpareWorker | undefined,
  onMessage: (message: ChildMessage) => void,
  giveUp: AbortSignal,
): KeptChild {
  let workerId = ''
  // Its lease runs out all the same, and another worker finds that.
  const failed = (error: unknown) => complain(deps.logger, error, 'recovery failed; its lease has to run out')
  return keepAlive({
    giveUp,
    start() {
      const ready = spare?.take()
      workerId = ready?.workerId ?? `worker-${number}-${deps.clock.newId()}`
      return ready?.child ?? deps.startWorker(workerId, onMessage)
    },
    afterDeath: () => recoverLost(deps, { workerId }).catch(failed),
  })
}
