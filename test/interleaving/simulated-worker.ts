import type { Job } from '#server/ports/job-queue.ts'
import { FencedError } from '#server/worker/generation-writer.ts'
import { runGeneration, type RunDependencies } from '#server/worker/run-generation.ts'
import type { StopReason } from '#server/worker/stop-reason.ts'

const LEASE_MS = 10_000

/** What a worker process does, each time when a test says so instead of by timers. */
export interface SimulatedWorker {
  readonly id: string
  claim(): void
  claimLone(): void
  /** Extends its leases, and stops what it was told of. */
  beat(): void
  stop(generationId: string, reason: StopReason): void
  /** Hands back what runs; it claims nothing any more. */
  handOver(): void
  /** Generations that it was told to stop and that it has not let go of yet. */
  stopping(): string[]
}

export function createSimulatedWorker(options: {
  id: string
  ports: RunDependencies
  /** Told when the worker is done with a job: it has ended, was given back, or is another's. */
  letGo(job: Job): Promise<void>
  /** Told of failures that no worker should meet. */
  fail(error: unknown): void
}): SimulatedWorker {
  const { id, ports, letGo, fail } = options
  const { queue } = ports
  const running = new Map<string, { job: Job; stop: AbortController }>()
  let leaving = false

  function start(job: Job): void {
    const stop = new AbortController()
    // It lost the job and has it again: the attempt from before must not go on unseen.
    stopRunning(job.generationId, 'lost')
    if (leaving) stop.abort('drain' satisfies StopReason)
    running.set(job.generationId, { job, stop })
    runGeneration(job, ports, stop.signal)
      .then(() => letGo(job))
      .catch((error: unknown) => {
        if (!(error instanceof FencedError)) fail(error)
      })
      .finally(() => {
        if (running.get(job.generationId)?.stop === stop) running.delete(job.generationId)
      })
      .catch(fail)
  }

  function stopRunning(generationId: string, reason: StopReason): void {
    running.get(generationId)?.stop.abort(reason)
  }

  async function beat(): Promise<void> {
    const asked = new Map(running)
    const held = [...asked.values()].map(({ job }) => ({ generationId: job.generationId, epoch: job.epoch }))
    const { lost, cancel } = await queue.extend(id, held, LEASE_MS)
    // Said of the attempt that was asked about, which may have been replaced meanwhile.
    for (const generationId of lost) asked.get(generationId)?.stop.abort('lost' satisfies StopReason)
    for (const generationId of cancel) stopRunning(generationId, 'cancel')
  }

  async function claim(): Promise<void> {
    for (const job of await queue.claim(id, { limit: 2, leaseMs: LEASE_MS, maxRunningPerUser: 100 })) start(job)
  }

  async function claimLone(): Promise<void> {
    const job = await queue.claimLone(id, LEASE_MS)
    if (job) start(job)
  }

  return {
    id,
    claim: () => void claim().catch(fail),
    claimLone: () => void claimLone().catch(fail),
    beat: () => void beat().catch(fail),
    stop: stopRunning,
    stopping: () => [...running.values()].filter(({ stop }) => stop.signal.aborted).map(({ job }) => job.generationId),
    handOver() {
      leaving = true
      for (const { stop } of running.values()) stop.abort('drain' satisfies StopReason)
    },
  }
}
