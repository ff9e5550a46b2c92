import { isStorageFailure } from '#server/domain/errors.ts'
import type { Logger } from '#server/domain/logger.ts'
import type { Doorbell } from '#server/ports/doorbell.ts'
import type { Job } from '#server/ports/job-queue.ts'
import { createCircuitBreakers } from './circuit-breaker.ts'
import { complain } from './complain.ts'
import { FencedError } from './generation-writer.ts'
import type { DescribeModels } from './describe-models.ts'
import { createModelFacts } from './model-facts.ts'
import { runGeneration, type RunDependencies } from './run-generation.ts'
import { orAborted } from './or-aborted.ts'
import { recoverLost } from './recover-lost.ts'
import { createPauseWatch } from './pause-watch.ts'
import { createRecentIds } from './recent-ids.ts'
import type { StopReason } from './stop-reason.ts'
import { untilAllStored } from './until-stored.ts'
import { wait } from './wait.ts'

const LEASE_MS = 10_000
const HEARTBEAT_MS = 2_000
const POLL_MS = 1_000
const CLAIM_BATCH = 64
const MAX_CONCURRENT = 5_000
/** Upkeep that the disk or a lock refused is tried again sooner: leases have to be extended before anyone finds them expired. */
const STORAGE_RETRY_MS = 500
/** What handing over may take, on a disk that takes nothing and with a provider that does not let go. */
const HAND_OVER_MS = 1_500
const GIVE_BACK_MS = 500

export interface WorkerDependencies extends Omit<RunDependencies, 'facts' | 'breakers'> {
  workerId: string
  doorbell: Doorbell
  logger: Logger
  maxRunningPerUser: number
  /** Of models that no list names. */
  describe?: DescribeModels
  /** Takes only generations before their last attempt, one after another, and ends when there are no more. */
  lone?: boolean
}

export interface Worker {
  /**
   * Claims and runs generations until the signal aborts, or a lone worker has none left; resolves when the last one has
   * ended or was handed back.
   */
  run(signal: AbortSignal): Promise<void>
  /** Stops what still runs and hands it back to the queue. */
  handOver(): void
}

interface Running {
  job: Job
  stop: AbortController
  done: Promise<void>
}

/** The claim loop of one worker process: it runs many generations at once and keeps their leases. */
export function createWorker(deps: WorkerDependencies): Worker {
  const { queue, doorbell, logger, workerId, lone = false } = deps
  const runDeps = { ...deps, facts: createModelFacts(deps), breakers: createCircuitBreakers(deps.clock) }
  const running = new Map<string, Running>()
  const cancelledEarly = createRecentIds()
  const nothingLeft = new AbortController()
  const leaving = new AbortController()
  let handedOver = false
  let wake = new AbortController()
  const pauses = createPauseWatch(deps.clock, HEARTBEAT_MS)

  function start(job: Job): void {
    // A job that was lost meanwhile, and is ours again: nobody else could stop the attempt from before any more.
    stopRunning(job.generationId, 'lost')
    const stop = new AbortController()
    if (cancelledEarly.has(job.generationId)) stop.abort('cancel' satisfies StopReason)
    if (handedOver) stop.abort('drain' satisfies StopReason)
    const done = runGeneration(job, untilAllStored(runDeps, leaving.signal), stop.signal)
      .then(wakeAt)
      .catch((error: unknown) => {
        // Fenced: another owner has it. Anything else leaves the lease to run out, and recovery takes it from there.
        if (isStorageFailure(error)) return giveBack(job)
        if (!(error instanceof FencedError)) {
          complain(logger, error, 'generation stopped', { generation: job.generationId })
        }
      })
      .finally(() => {
        if (running.get(job.generationId)?.stop === stop) running.delete(job.generationId)
        wake.abort()
      })
    running.set(job.generationId, { job, stop, done })
  }

  /** Whoever sent it to wait is up in time to take it again; if this process dies, the others' polls find it. */
  function wakeAt(dueAt: number | undefined): void {
    if (dueAt !== undefined) setTimeout(() => wake.abort(), Math.max(0, dueAt - deps.clock.now())).unref()
  }

  function stopRunning(generationId: string, reason: StopReason): void {
    running.get(generationId)?.stop.abort(reason)
  }

  /** A cancel can overtake the answer to the claim that it is about, so it is remembered for a moment. */
  function cancel(generationId: string): void {
    cancelledEarly.add(generationId)
    stopRunning(generationId, 'cancel')
  }

  async function claimDue(): Promise<void> {
    if (lone) return await claimLone()
    for (;;) {
      const limit = Math.min(CLAIM_BATCH, MAX_CONCURRENT - running.size)
      if (limit <= 0) return
      const { maxRunningPerUser } = deps
      const jobs = await queue.claim(workerId, { limit, leaseMs: LEASE_MS, maxRunningPerUser })
      for (const job of jobs) start(job)
      if (jobs.length < limit) return
    }
  }

  async function claimLone(): Promise<void> {
    if (running.size > 0) return
    const job = await queue.claimLone(workerId, LEASE_MS)
    if (job) start(job)
    else nothingLeft.abort()
  }

  async function heartbeat(): Promise<void> {
    const asked = new Map(running)
    const held = [...asked.values()].map(({ job }) => ({ generationId: job.generationId, epoch: job.epoch }))
    // Asked with nothing held as well: it tells whether the database could be written to just now.
    const { lost, cancel } = await queue.extend(workerId, held, LEASE_MS)
    // Of the attempts that were asked about: a job may be ours again by now.
    for (const id of lost) asked.get(id)?.stop.abort('lost' satisfies StopReason)
    for (const id of cancel) stopRunning(id, 'cancel')
    if (pauses.afterBeat()) await recoverLost(deps, {})
  }

  async function repeat(everyMs: number, signal: AbortSignal, act: () => Promise<void>): Promise<void> {
    let delayMs = everyMs
    while (await wait(delayMs, signal)) {
      delayMs = everyMs
      await act().catch((error: unknown) => {
        if (isStorageFailure(error)) delayMs = STORAGE_RETRY_MS
        complain(logger, error, 'worker upkeep')
      })
    }
  }

  async function claimLoop(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      wake = new AbortController()
      const woken = wake.signal
      await claimDue().catch((error: unknown) => complain(logger, error, 'claim'))
      await wait(POLL_MS, woken)
    }
  }

  async function allDone(): Promise<void> {
    while (running.size > 0) await Promise.all([...running.values()].map(({ done }) => done))
  }

  /** What is stuck in a provider or before a full disk may still be given back, though its last words may be missing. */
  async function giveBackRest(): Promise<void> {
    await Promise.all([...running.values()].map(({ job }) => giveBack(job)))
  }

  async function giveBack(job: Job): Promise<undefined> {
    const released = queue.release(job, { status: 'drained' })
    await released.catch((error: unknown) =>
      complain(logger, error, 'could not be given back; its lease has to run out'),
    )
    return undefined
  }

  return {
    async run(signal) {
      const silence = doorbell.listen((bell) => {
        if (bell.kind === 'jobs') wake.abort()
        if (bell.kind === 'cancel') cancel(bell.generationId)
      })
      const ended = new AbortController()
      const noMore = AbortSignal.any([signal, nothingLeft.signal])
      noMore.addEventListener('abort', () => wake.abort(), { once: true })
      const upkeep = repeat(HEARTBEAT_MS, ended.signal, heartbeat)
      await orAborted(claimLoop(noMore), leaving.signal)
      await orAborted(allDone(), leaving.signal)
      if (running.size > 0) await Promise.race([giveBackRest(), wait(GIVE_BACK_MS)])
      ended.abort()
      await orAborted(upkeep, leaving.signal)
      silence()
    },
    handOver() {
      handedOver = true
      for (const { stop } of running.values()) stop.abort('drain' satisfies StopReason)
      setTimeout(() => leaving.abort(), HAND_OVER_MS).unref()
    },
  }
}
