import fc from 'fast-check'
import type { GenerationEvent } from '#protocol/events.ts'
import type { LogModel } from './event-log-model.fixture.ts'
import type { JobCall } from './job-calls.fixture.ts'
import type { QueueModel } from './job-model.fixture.ts'
import { MAX_LEASE_MS, MAX_WAIT_MS, type JobRef } from './job-queue.ts'

/** What a run of random calls takes place in. */
export interface JobWorld {
  users: { userId: string; conversationId: string }[]
  newId(): string
}

/** A random call that is made concrete when its turn comes; undefined when there is nothing to call it with. */
export type JobChoice = (model: QueueModel, world: JobWorld) => JobCall | undefined

const WORKERS = ['w1', 'w2']
const USERS = 3
const MAX_JOBS = 6

const worker = fc.constantFrom(...WORKERS)
const any = fc.nat(99)
// Few times, so that one often is exactly another.
const leaseMs = fc.constantFrom(1_000, 10_000, MAX_LEASE_MS)
const dueInMs = fc.constantFrom(-1_000, 0, 1_000, 10_000, MAX_WAIT_MS)

/** By how much the clock is put forward or back: by so much, or to a time at which something runs out. */
export type ClockChoice = (model: QueueModel) => number

const step = fc.constantFrom(1, 1_000, 10_000, MAX_LEASE_MS, MAX_WAIT_MS, 3_600_000).chain((milliseconds) => {
  return fc.constantFrom(milliseconds, -milliseconds).map(
    (by): ClockChoice =>
      () =>
        by,
  )
})

const toAnEdge = fc
  .record({ which: any, offset: fc.constantFrom(-1, 0, 1) })
  .map(({ which, offset }): ClockChoice => ({ jobs, now }) => {
    const waits = jobs.filter(({ status }) => status === 'waiting').flatMap(({ dueAt }) => [dueAt, dueAt - MAX_WAIT_MS])
    const leases = jobs.flatMap(({ leaseUntil }) =>
      leaseUntil === null ? [] : [leaseUntil, leaseUntil - MAX_LEASE_MS],
    )
    const edge = pick([...waits, ...leases], which)
    return edge === undefined ? 0 : edge + offset - now
  })

export const clockChoice: fc.Arbitrary<ClockChoice> = fc.oneof(step, { weight: 2, arbitrary: toAnEdge })

const send = fc
  .record({ user: fc.nat(USERS - 1), count: fc.integer({ min: 1, max: 3 }) })
  .map(({ user, count }): JobChoice => ({ jobs }, { users, newId }) => {
    const sender = users[user]
    if (!sender || jobs.length + count > MAX_JOBS) return undefined
    const answers = Array.from({ length: count }, () => ({ generationId: newId(), messageId: newId() }))
    return { kind: 'send', ...sender, answers }
  })

const claim = fc
  .record({
    workerId: worker,
    limit: fc.integer({ min: 1, max: 4 }),
    leaseMs,
    maxRunningPerUser: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ workerId, ...options }): JobChoice => () => ({ kind: 'claim', workerId, options }))

const claimLone = fc.record({ workerId: worker, leaseMs }).map((call): JobChoice => () => ({
  kind: 'claimLone',
  ...call,
}))

const reapOne = worker.map((workerId): JobChoice => () => ({ kind: 'reap', workerId }))

const release = fc
  .record({ which: any, status: fc.constantFrom('recovering', 'drained', 'waiting'), dueInMs })
  .map(({ which, status, dueInMs: inMs }): JobChoice => (model) => {
    const ref = pickRef(model, which)
    const how = status === 'waiting' ? { status, dueAt: model.now + inMs } : { status }
    return ref && { kind: 'release', ref, how }
  })

const extend = fc
  .record({ workerId: worker, stale: fc.boolean(), leaseMs })
  .map(({ stale, ...call }): JobChoice => ({ refs }) => {
    const own = refs.filter(({ holder }) => holder === call.workerId).map(({ ref }) => ref)
    // A worker knows one reference to each generation: the latest, or in a zombie's case an old one.
    const held = new Map((stale ? own.toReversed() : own).map((ref) => [ref.generationId, ref]))
    return { kind: 'extend', ...call, held: [...held.values()] }
  })

const open = any.map((which): JobChoice => (model) => {
  const ref = pickRef(model, which)
  return ref && { kind: 'open', ...ref }
})

const events = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<GenerationEvent[]>([delta('a')], [delta('b')], [delta('a'), delta('b')]) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<GenerationEvent[]>(
      [end('completed')],
      [delta('a'), end('completed')],
      [end('failed')],
      [end('cancelled')],
    ),
  },
)

/** Mostly where the log ends. */
const place = fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat(4) })

const append = fc
  .record({ which: any, place, events })
  .map(({ which, place: afterSeq, events: appended }): JobChoice => (model) => {
    const ref = pickRef(model, which)
    return ref && appendBy(model, ref, appended, afterSeq)
  })

/** What a worker does, and a zombie thinks it still may: it opens its log and then writes. */
const work = fc.record({ which: any, events }).map(({ which, events: appended }): JobChoice => (model) => {
  const ref = pickRef(model, which)
  if (!ref) return undefined
  const isOpen = (logOf(model, ref)?.openEpoch ?? 0) >= ref.epoch
  return isOpen ? appendBy(model, ref, appended) : { kind: 'open', ...ref }
})

const requestCancel = fc
  .record({ which: any, byAnother: fc.nat(9) })
  .map(({ which, byAnother }): JobChoice => ({ jobs }, { users }) => {
    // Half of them come too late.
    const ended = which % 2 === 0 ? jobs.filter(({ endedAt }) => endedAt !== null) : []
    const job = pick(ended.length > 0 ? ended : jobs, which >> 1)
    const userId = byAnother === 0 ? pick(users, which)?.userId : job?.userId
    return job && userId !== undefined ? { kind: 'requestCancel', userId, generationId: job.id } : undefined
  })

const claimOne = fc
  .record({ workerId: worker, which: any, leaseMs })
  .map(({ which, ...call }): JobChoice => ({ jobs }, { newId }) => ({
    kind: 'claimOne',
    ...call,
    generationId: pick(jobs, which)?.id ?? newId(),
  }))

const settle = any.map((which): JobChoice => ({ jobs }) => {
  const sealed = jobs.filter(({ log }) => log.sealed)
  const job = pick(which % 3 > 0 ? sealed : jobs, which)
  return job && { kind: 'settle', generationId: job.id }
})

const position = any.map((which): JobChoice => ({ jobs }) => {
  const job = pick(jobs, which)
  return job && { kind: 'position', generationId: job.id }
})

/** Calls that are one act each: two of them may be made at once. */
export const atomicChoice: fc.Arbitrary<JobChoice> = fc.oneof(
  { weight: 3, arbitrary: send },
  { weight: 6, arbitrary: claim },
  { weight: 4, arbitrary: claimLone },
  { weight: 1, arbitrary: fc.constant<JobChoice>(() => ({ kind: 'countLone' })) },
  { weight: 2, arbitrary: claimOne },
  { weight: 3, arbitrary: extend },
  { weight: 4, arbitrary: release },
  { weight: 3, arbitrary: fc.constant<JobChoice>(() => ({ kind: 'reap' })) },
  { weight: 3, arbitrary: reapOne },
  { weight: 2, arbitrary: requestCancel },
  { weight: 1, arbitrary: position },
  { weight: 2, arbitrary: open },
  { weight: 3, arbitrary: append },
  { weight: 14, arbitrary: work },
  { weight: 2, arbitrary: settle },
)

export const sweepChoice: JobChoice = () => ({ kind: 'sweep' })

/** Two of three are current, if there are such; the rest are what zombies still hold. */
function pickRef({ refs, jobs }: QueueModel, which: number): JobRef | undefined {
  const all = refs.map(({ ref }) => ref)
  const isCurrent = (ref: JobRef): boolean =>
    jobs.some(({ id, epoch }) => id === ref.generationId && epoch === ref.epoch)
  const current = which % 3 > 0 ? all.filter(isCurrent) : []
  return pick(current.length > 0 ? current : all, Math.floor(which / 3))
}

function logOf({ jobs }: QueueModel, ref: JobRef): LogModel | undefined {
  return jobs.find(({ id }) => id === ref.generationId)?.log
}

function appendBy(
  model: QueueModel,
  ref: JobRef,
  appended: GenerationEvent[],
  afterSeq = logOf(model, ref)?.rows.length ?? 0,
): JobCall {
  return { kind: 'append', generationId: ref.generationId, at: { epoch: ref.epoch, afterSeq }, events: appended }
}

function pick<T>(list: readonly T[], which: number): T | undefined {
  return list[which % list.length]
}

function delta(text: string): GenerationEvent {
  return { type: 'text-delta', text, at: 1 }
}

function end(status: 'completed' | 'failed' | 'cancelled'): GenerationEvent {
  return { type: 'end', status, at: 2 }
}
