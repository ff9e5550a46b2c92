import { LOG_START } from '#protocol/cursor.ts'
import type { GenerationEvent } from '#protocol/events.ts'
import { emptyAnswer, fold } from '#protocol/fold.ts'
import type { Answer } from '#protocol/messages.ts'
import type { AppendPosition, EventLog } from './event-log.ts'
import type { ClaimOptions, Job, JobQueue, JobRef } from './job-queue.ts'
import { ANSWER_REQUEST } from './store-scene.ts'
import type { Store } from './store.ts'

/** One process's view of the backend. */
export interface JobProcess {
  queue: JobQueue
  store: Store
  log: EventLog
}

/** A call of a worker, a reaper, a person or a sweep. Its time is the clock's. */
export type JobCall =
  | { kind: 'send'; userId: string; conversationId: string; answers: { generationId: string; messageId: string }[] }
  | { kind: 'claim'; workerId: string; options: ClaimOptions }
  | { kind: 'claimLone'; workerId: string; leaseMs: number }
  | { kind: 'countLone' }
  | { kind: 'claimOne'; workerId: string; generationId: string; leaseMs: number }
  | { kind: 'extend'; workerId: string; held: JobRef[]; leaseMs: number }
  | { kind: 'release'; ref: JobRef; how: Parameters<JobQueue['release']>[1] }
  | { kind: 'reap'; workerId?: string }
  | { kind: 'requestCancel'; userId: string; generationId: string }
  | { kind: 'position'; generationId: string }
  | { kind: 'open'; generationId: string; epoch: number }
  | { kind: 'append'; generationId: string; at: AppendPosition; events: GenerationEvent[] }
  | { kind: 'settle'; generationId: string }
  | { kind: 'sweep' }

/** Makes a call. Answers are reduced to what the model predicts. */
export async function perform({ queue, store, log }: JobProcess, call: JobCall, now: number): Promise<unknown> {
  switch (call.kind) {
    case 'send': {
      const result = await store.startTurn({
        userId: call.userId,
        conversationId: call.conversationId,
        now,
        origin: 'native',
        question: { kind: 'new', id: `question-of-${call.answers[0]?.messageId}`, parentId: null, parts: [] },
        answers: call.answers.map((answer) => ({ ...answer, request: ANSWER_REQUEST })),
        groupId: null,
      })
      return { ok: result.ok, repeated: result.ok && result.repeated }
    }
    case 'claim':
      return (await queue.claim(call.workerId, call.options)).map(reduceJob)
    case 'claimLone':
      return reduceJob(await queue.claimLone(call.workerId, call.leaseMs))
    case 'countLone':
      return queue.countLone()
    case 'claimOne':
      return reduceJob(await queue.claimOne(call.workerId, call.generationId, call.leaseMs))
    case 'extend':
      return queue.extend(call.workerId, call.held, call.leaseMs)
    case 'release':
      return queue.release(call.ref, call.how)
    case 'reap': {
      const reaped = await queue.reap(call.workerId === undefined ? { now } : { now, workerId: call.workerId })
      return reaped.toSorted((a, b) => (a.generationId < b.generationId ? -1 : 1))
    }
    case 'requestCancel':
      return store.requestCancel(call.userId, call.generationId, { at: now, by: 'user' })
    case 'position':
      return queue.position(call.generationId)
    case 'open':
      return log.open(call.generationId, call.epoch)
    case 'append':
      return log.append(call.generationId, call.at, call.events)
    case 'settle':
      return settleFromLog({ store, log }, call.generationId, now)
    case 'sweep': {
      const repaired: string[] = []
      for (const { id } of await store.listUnsettled(1_000))
        if (await settleFromLog({ store, log }, id, now)) repaired.push(id)
      return repaired
    }
  }
}

function reduceJob(job: Job | undefined): Partial<Job> | undefined {
  if (!job) return undefined
  const { generationId, epoch, userId, lostAttempts, previous, cancelRequested } = job
  return { generationId, epoch, userId, lostAttempts, previous, cancelRequested }
}

/** What a worker does after its last event, and a sweep in its place. */
async function settleFromLog(
  { store, log }: Pick<JobProcess, 'store' | 'log'>,
  generationId: string,
  now: number,
): Promise<boolean> {
  const read = await log.read(generationId, LOG_START, 10_000)
  if (!read.ok || !read.tail?.sealed) return false
  return store.settle(generationId, foldRows(read.rows), now)
}

export function foldRows(rows: readonly { json: string }[]): Answer {
  return rows.map(({ json }) => JSON.parse(json) as GenerationEvent).reduce(fold, emptyAnswer())
}
