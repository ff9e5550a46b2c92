import type { Clock } from '#server/ports/clock.ts'
import type { Doorbell } from '#server/ports/doorbell.ts'
import type { EventLog } from '#server/ports/event-log.ts'
import type { JobQueue, ReapedJob } from '#server/ports/job-queue.ts'
import type { Store } from '#server/ports/store.ts'
import { readAnswer } from './read-answer.ts'

export interface RecoverDependencies {
  log: EventLog
  queue: JobQueue
  store: Store
  doorbell: Doorbell
  clock: Clock
}

/**
 * Takes lost generations from their owners: those of one worker known to be dead, or of everyone whose lease ran out
 * before `now`. Each log is opened with a higher epoch first, which fences the old worker should it still live; then the
 * reader is told, and the job is due again. Returns how many there were.
 */
export async function recoverLost(
  deps: RecoverDependencies,
  lost: { workerId?: string; now?: number },
): Promise<number> {
  const { queue, doorbell, clock } = deps
  const jobs = await queue.reap({ now: clock.now(), ...lost })
  await Promise.all(jobs.map((job) => recover(deps, job)))
  if (jobs.length > 0) {
    doorbell.ring({ kind: 'jobs' })
    doorbell.ring({ kind: 'log' })
  }
  return jobs.length
}

async function recover({ log, store, clock }: RecoverDependencies, job: ReapedJob): Promise<void> {
  const opened = await log.open(job.generationId, job.epoch)
  if (opened.ok) {
    const at = { epoch: job.epoch, afterSeq: opened.lastSeq }
    // Refused only when the next owner was quicker: then it says more than we would.
    await log.append(job.generationId, at, [{ type: 'state', at: clock.now(), code: 'recovering' }])
    return
  }
  if (opened.reason !== 'sealed') return
  const past = await readAnswer(log, job.generationId)
  if (past) await store.settle(job.generationId, past.answer, clock.now())
}
