import type { GenerationEvent } from '#protocol/events.ts'
import { emptyAnswer } from '#protocol/fold.ts'
import type { Answer } from '#protocol/messages.ts'
import type { EventLog } from '#server/ports/event-log.ts'
import type { Job, JobQueue } from '#server/ports/job-queue.ts'
import type { Store } from '#server/ports/store.ts'
import { endEvent } from './end-event.ts'
import { createGenerationWriter, FencedError } from './generation-writer.ts'
import { readAnswer, type ReadAnswer } from './read-answer.ts'
import { runAttempt, type AttemptDependencies } from './run-attempt.ts'

export interface RunDependencies extends AttemptDependencies {
  log: EventLog
  queue: JobQueue
}

/**
 * Runs one claimed generation to its end, or until its worker gives it back. Whatever happens the log ends with one
 * terminal event, unless another owner took over, or the job is handed back to be claimed again: by a drain, or to wait
 * for its provider. Resolves with the time at which it is due again (milliseconds UTC) when it waits.
 */
export async function runGeneration(job: Job, deps: RunDependencies, stop: AbortSignal): Promise<number | undefined> {
  const { log, queue, store, clock } = deps
  const past = job.epoch === 1 ? openNew(log, job) : await openAgain(log, job)
  if (!past) return
  if (past.sealed) {
    await store.settle(job.generationId, past.answer, clock.now())
    return
  }

  const { generationId, epoch } = job
  const writer = createGenerationWriter({ log, generationId, epoch, ...past })
  const finish = async (end: GenerationEvent): Promise<undefined> => {
    const cancelled = end.type === 'end' && end.status === 'cancelled'
    void writer.write([cancelled ? { ...end, cancelledBy: await askWhoCancelled(store, generationId) } : end])
    await writer.flush()
    await store.settle(generationId, writer.answer(), clock.now())
  }
  const outcome = await runAttempt({ job, past, writer, stop, deps })
  switch (outcome.kind) {
    case 'ended':
      return await finish(outcome.event)
    case 'handed-over':
      await writer.flush()
      await queue.release(job, { status: 'drained' })
      return
    case 'waiting':
      void writer.write([outcome.event])
      await writer.flush()
      if (stop.reason === 'cancel') return await finish(endEvent(undefined, clock.now(), 'cancelled'))
      await queue.release(job, { status: 'waiting', dueAt: outcome.dueAt })
      return outcome.dueAt
  }
}

/** Its provider can be asked at once: opening the log takes a way to the disk, and nothing stands in it yet. */
function openNew(log: EventLog, { generationId, epoch }: Job): ReadAnswer & { opened: Promise<void> } {
  const opened = log.open(generationId, epoch).then((result) => {
    if (!result.ok) throw new FencedError(result.reason)
  })
  // Reaches the writer with its first append.
  opened.catch(() => {})
  return { answer: emptyAnswer(), attempt: {}, lastSeq: 0, sealed: false, opened }
}

async function openAgain(log: EventLog, { generationId, epoch }: Job): Promise<ReadAnswer | undefined> {
  const opened = await log.open(generationId, epoch)
  if (!opened.ok && opened.reason === 'fenced') return undefined
  return readAnswer(log, generationId)
}

/** A row that cannot be read now must not keep the end out of the log. */
async function askWhoCancelled(store: Store, generationId: string): Promise<NonNullable<Answer['cancelledBy']>> {
  const generation = await store.findGeneration(generationId).catch(() => undefined)
  return generation?.cancelledBy ?? 'user'
}
