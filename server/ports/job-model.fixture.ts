import type { GenerationEvent } from '#protocol/events.ts'
import type { GenerationStatus } from '#protocol/messages.ts'
import { isTerminal, MAX_ATTEMPTS } from '#server/domain/states.ts'
import { appendToModel, newLogModel, openModel, type LogModel } from './event-log-model.fixture.ts'
import type { JobCall } from './job-calls.fixture.ts'
import { MAX_LEASE_MS, MAX_WAIT_MS, type ClaimOptions, type Job, type JobRef } from './job-queue.ts'

/** A generation's row as far as the queue and the state machine go by it. */
export interface JobRow {
  id: string
  status: GenerationStatus
  epoch: number
  workerId: string | null
  leaseUntil: number | null
  lostAttempts: number
  cancelRequestedAt: number | null
  endedAt: number | null
}

/** A job as the model knows it: its row, what only claims show of it, and its log. */
export interface JobModel extends JobRow {
  userId: string
  createdAt: number
  dueAt: number
  previous: Job['previous']
  log: LogModel
}

export interface QueueModel {
  now: number
  /** In the order of their ids. */
  jobs: JobModel[]
  /** Every reference that was ever handed out, and to whom: nobody forgets one, however stale it is. */
  refs: { ref: JobRef; holder: string }[]
}

/** Who opens the logs of reaped jobs. */
const REAPER = 'reaper'

export function rowOf({ id, status, epoch, workerId, leaseUntil, ...job }: JobModel): JobRow {
  const { lostAttempts, cancelRequestedAt, endedAt } = job
  return { id, status, epoch, workerId, leaseUntil, lostAttempts, cancelRequestedAt, endedAt }
}

/** What a call should answer. Changes the model as the call should change the backend. */
export function predict(model: QueueModel, call: JobCall): unknown {
  const { jobs, now } = model
  const job = 'generationId' in call ? jobs.find(({ id }) => id === call.generationId) : undefined
  switch (call.kind) {
    case 'send':
      jobs.push(...call.answers.map(({ generationId }) => newJob(generationId, call.userId, now)))
      return { ok: true, repeated: false }
    case 'claim':
      return choose(model, call.options).map((chosen) => take(model, chosen, call.workerId, call.options.leaseMs))
    case 'claimLone': {
      const oldest = lone(model)[0]
      return oldest && take(model, oldest, call.workerId, call.leaseMs)
    }
    case 'countLone':
      return lone(model).length
    case 'claimOne':
      return job && isFree(job) ? take(model, job, call.workerId, call.leaseMs) : undefined
    case 'extend':
      return extend(model, call)
    case 'release':
      return release(model, call)
    case 'reap':
      return reap(model, call.workerId)
    case 'requestCancel':
      if (job?.userId !== call.userId) return undefined
      if (job.endedAt === null) job.cancelRequestedAt ??= now
      return { acceptedAt: job.cancelRequestedAt ?? job.endedAt ?? now, status: job.status }
    case 'position': {
      if (job?.status !== 'queued') return undefined
      const queued = jobs.filter(({ userId, status }) => userId === job.userId && status === 'queued')
      return queued.toSorted(byAge).indexOf(job)
    }
    case 'open':
      return job && openModel(job.log, call.epoch)
    case 'append':
      return job && appendToModel(job.log, call.at, call.events)
    case 'settle':
      return job !== undefined && settle(job, now)
    case 'sweep':
      return jobs.toSorted(byAge).flatMap((swept) => (settle(swept, now) ? [swept.id] : []))
  }
}

function newJob(id: string, userId: string, now: number): JobModel {
  return {
    id,
    userId,
    createdAt: now,
    status: 'queued',
    epoch: 0,
    workerId: null,
    leaseUntil: null,
    dueAt: now,
    lostAttempts: 0,
    previous: 'none',
    cancelRequestedAt: null,
    endedAt: null,
    log: newLogModel(),
  }
}

function byAge(a: JobModel, b: JobModel): number {
  return a.createdAt - b.createdAt || a.id.localeCompare(b.id)
}

function isFree({ status }: JobModel): boolean {
  return status === 'queued' || status === 'waiting' || status === 'recovering'
}

function isDue({ status, dueAt }: JobModel, now: number): boolean {
  return status !== 'waiting' || dueAt <= now || dueAt > now + MAX_WAIT_MS
}

function isCancelled(job: JobModel): boolean {
  return job.cancelRequestedAt !== null
}

function isLone(job: JobModel): boolean {
  return job.lostAttempts === MAX_ATTEMPTS - 1 && !isCancelled(job)
}

function lone({ jobs, now }: QueueModel): JobModel[] {
  return jobs.filter((job) => isFree(job) && isDue(job, now) && isLone(job)).toSorted(byAge)
}

/**
 * Users take turns: a job's place is how many of its user would run if all up to it were taken. Jobs to be cancelled go
 * first and need no place.
 */
function choose({ jobs, now }: QueueModel, { limit, maxRunningPerUser }: ClaimOptions): JobModel[] {
  const candidates = jobs.filter((job) => isFree(job) && (isCancelled(job) || (isDue(job, now) && !isLone(job))))
  const place = (job: JobModel): number => {
    const own = (other: JobModel): boolean => other.userId === job.userId
    const running = jobs.filter((other) => own(other) && other.status === 'running')
    return running.length + candidates.filter((other) => own(other) && byAge(other, job) <= 0).length
  }
  return candidates
    .filter((job) => isCancelled(job) || place(job) <= maxRunningPerUser)
    .toSorted((a, b) => Number(isCancelled(b)) - Number(isCancelled(a)) || place(a) - place(b) || byAge(a, b))
    .slice(0, limit)
    .toSorted(byAge)
}

function take(model: QueueModel, job: JobModel, workerId: string, leaseMs: number): Partial<Job> {
  job.status = 'running'
  job.epoch++
  job.workerId = workerId
  job.leaseUntil = model.now + leaseMs
  const ref = { generationId: job.id, epoch: job.epoch }
  model.refs.push({ ref, holder: workerId })
  const { userId, lostAttempts, previous } = job
  return { ...ref, userId, lostAttempts, previous, cancelRequested: isCancelled(job) }
}

function current(model: QueueModel, ref: JobRef): JobModel | undefined {
  return model.jobs.find(({ id, epoch, status }) => {
    return id === ref.generationId && epoch === ref.epoch && status === 'running'
  })
}

function extend(model: QueueModel, { workerId, held, leaseMs }: Extract<JobCall, { kind: 'extend' }>): unknown {
  const answer: { lost: string[]; cancel: string[] } = { lost: [], cancel: [] }
  for (const ref of held) {
    const job = current(model, ref)
    if (job?.workerId !== workerId) {
      answer.lost.push(ref.generationId)
      continue
    }
    job.leaseUntil = model.now + leaseMs
    if (isCancelled(job)) answer.cancel.push(job.id)
  }
  return answer
}

function release(model: QueueModel, { ref, how }: Extract<JobCall, { kind: 'release' }>): boolean {
  const job = current(model, ref)
  if (!job) return false
  Object.assign(job, { workerId: null, leaseUntil: null, dueAt: how.dueAt ?? model.now })
  job.status = how.status === 'drained' ? 'queued' : how.status
  job.previous = how.status === 'recovering' ? 'worker-lost' : how.status
  if (how.status === 'recovering') job.lostAttempts++
  return true
}

function reap(model: QueueModel, workerId: string | undefined): unknown {
  const { now } = model
  const isOut = ({ leaseUntil }: JobModel): boolean => {
    return leaseUntil !== null && (leaseUntil <= now || leaseUntil > now + MAX_LEASE_MS)
  }
  const lost = model.jobs.filter((job) => (workerId === undefined ? isOut(job) : job.workerId === workerId))
  return lost.map((job) => {
    Object.assign(job, { status: 'recovering', workerId: null, leaseUntil: null, dueAt: now, previous: 'worker-lost' })
    const ref = { generationId: job.id, epoch: ++job.epoch }
    model.refs.push({ ref, holder: REAPER })
    return { ...ref, lostAttempts: ++job.lostAttempts }
  })
}

/** The row follows a sealed log, whoever has it, and only once. */
function settle(job: JobModel, now: number): boolean {
  const last = job.log.rows.at(-1)
  if (!job.log.sealed || last === undefined || isTerminal(job.status)) return false
  const end = JSON.parse(last.json) as Extract<GenerationEvent, { type: 'end' }>
  Object.assign(job, { status: end.status, workerId: null, leaseUntil: null, endedAt: now })
  return true
}
