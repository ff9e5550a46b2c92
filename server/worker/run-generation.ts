import type { GenerationEvent } from '#protocol/events.ts'
import type { Answer } from '#protocol/messages.ts'
import type { EventLog } from '#server/ports/event-log.ts'
import type { Job, JobQueue } from '#server/ports/job-queue.ts'
import type { Store } from '#server/ports/store.ts'
import { endEvent } from './end-event.ts'
import { createGenerationWriter } from './generation-writer.ts'
import { readAnswer } from './read-answer.ts'
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
  const opened = await log.open(job.generationId, job.epoch)
  if (!opened.ok && opened.reason === 'fenced') return
  const past = await readAnswer(log, job.generationId)
  if (!past) return
  if (past.sealed) {
    await store.settle(job.generationId, past.answer, clock.now())
    return
  }

  const { generationId, epoch } = job
  const { answer, lastSeq } = past
  const writer = createGenerationWriter({ log, generationId, epoch, answer, lastSeq })
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

/** A row that cannot be read now must not keep the end out of the log. */
async function askWhoCancelled(store: Store, generationId: string): Promise<NonNullable<Answer['cancelledBy']>> {
  const generation = await store.findGeneration(generationId).catch(() => undefined)
  return generation?.cancelledBy ?? 'user'
}
