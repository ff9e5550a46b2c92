import { sql } from 'kysely'
import type { GenerationRequest } from '#server/domain/generation.ts'
import { MAX_ATTEMPTS, statesBefore } from '#server/domain/states.ts'
import { MAX_LEASE_MS, MAX_WAIT_MS, type Job, type JobQueue } from '#server/ports/job-queue.ts'
import type { SqlContext } from './sql-context.ts'
import { all, change, first } from './transaction.ts'
import type { TransactionsOf } from './transactions-of.ts'

/** The queue port as transactions; `now` is the caller's clock, because a transaction runs where there is none. */
export function createJobQueueTransactions({ db, differences }: SqlContext, now: number): TransactionsOf<JobQueue> {
  /** States of jobs that nobody owns: whatever gives one of them takes the job from its worker. */
  const FREE = statesBefore('running')

  /** Waiting for its time is over for a job that someone asked to cancel, and it needs no place among the running. */
  const cancelled = sql<number>`generation.cancel_requested_at is not null`

  const isDue = sql<boolean>`
    (generation.status <> 'waiting' or generation.due_at <= ${now} or generation.due_at > ${now + MAX_WAIT_MS})`
  const isLone = sql<boolean>`(generation.lost_attempts = ${MAX_ATTEMPTS - 1} and not ${cancelled})`
  const lone = db
    .selectFrom('generation')
    .where('ended_at', 'is', null)
    .where('status', 'in', FREE)
    .where(isLone)
    .where(isDue)

  const take = (workerId: string, leaseMs: number) =>
    db
      .updateTable('generation')
      .set({
        status: 'running',
        epoch: sql`epoch + 1`,
        worker_id: workerId,
        lease_until: now + leaseMs,
      })
      .returning([
        'id',
        'epoch',
        'user_id',
        'conversation_id',
        'message_id',
        'purpose',
        'request_json',
        'lost_attempts',
        'previous',
        'cancel_requested_at',
        'created_at',
      ])

  return {
    *claim(workerId, { limit, leaseMs, maxRunningPerUser }) {
      const running = db
        .selectFrom('generation')
        .select((eb) => [
          'user_id',
          eb.fn.countAll<number>().as('count'),
          sql<number>`sum(case when purpose = 'answer' then 1 else 0 end)`.as('answers'),
        ])
        .where('ended_at', 'is', null)
        .where('status', '=', 'running')
        .groupBy('user_id')
        .as('running')
      // A job's place is how many of its user would run with it: taking the lowest places first is fair between users.
      // A running title takes no place from an answer: however long its model takes, nobody waits for it.
      const ahead = sql<number>`case when generation.purpose = 'answer' then running.answers else running.count end`
      const place = sql<number>`coalesce(${ahead}, 0) + row_number() over (
        partition by generation.user_id order by generation.purpose, generation.created_at, generation.id)`
      const due = db
        .selectFrom('generation')
        .leftJoin(running, 'running.user_id', 'generation.user_id')
        .select(['generation.id', 'generation.created_at', cancelled.as('cancelled'), place.as('place')])
        .where('ended_at', 'is', null)
        .where('status', 'in', FREE)
        .where((eb) => eb.or([eb.and([isDue, eb.not(isLone)]), sql<boolean>`${cancelled}`]))
        .as('due')
      const chosen = db
        .selectFrom(due)
        .select('id')
        .where((eb) => eb.or([eb('place', '<=', maxRunningPerUser), eb('cancelled', '=', 1)]))
        .orderBy('cancelled', 'desc')
        .orderBy('place')
        .orderBy('created_at')
        .orderBy('id')
        .limit(limit)
      const rows = yield* all(take(workerId, leaseMs).where('id', 'in', chosen))
      return rows.sort(byAge).map(toJob)
    },

    *claimLone(workerId, leaseMs) {
      const oldest = lone.select('id').orderBy('created_at').orderBy('id').limit(1)
      const row = yield* first(take(workerId, leaseMs).where('id', '=', oldest))
      return row && toJob(row)
    },

    *countLone() {
      const counted = yield* first(lone.select((eb) => eb.fn.countAll<number>().as('count')))
      return counted?.count ?? 0
    },

    *claimOne(workerId, generationId, leaseMs) {
      const one = take(workerId, leaseMs).where('id', '=', generationId)
      const row = yield* first(one.where('ended_at', 'is', null).where('status', 'in', FREE))
      return row && toJob(row)
    },

    *extend(workerId, held, leaseMs) {
      const ids = held.map((job) => job.generationId)
      const rows = yield* all(
        db
          .selectFrom('generation')
          .select(['id', 'epoch', 'cancel_requested_at'])
          .where('worker_id', '=', workerId)
          .where('ended_at', 'is', null)
          .where(differences.isOneOf(sql.ref('id'), ids)),
      )
      const owned = new Map(rows.map((row) => [row.id, row]))
      const kept = held.filter((job) => owned.get(job.generationId)?.epoch === job.epoch).map((job) => job.generationId)
      const update = db.updateTable('generation').set({ lease_until: now + leaseMs })
      yield* change(update.where('worker_id', '=', workerId).where(differences.isOneOf(sql.ref('id'), kept)))
      const keptSet = new Set(kept)
      return {
        lost: ids.filter((id) => !keptSet.has(id)),
        cancel: kept.filter((id) => owned.get(id)?.cancel_requested_at !== null),
      }
    },

    *release({ generationId, epoch }, { status, dueAt }) {
      const owned = db.updateTable('generation').where('id', '=', generationId).where('epoch', '=', epoch)
      const unowned = { worker_id: null, lease_until: null, due_at: dueAt ?? now }
      const lost = status === 'recovering' ? 1 : 0
      const next = status === 'drained' ? 'queued' : status
      const released = yield* change(
        owned
          .where('status', 'in', statesBefore(next))
          .where('worker_id', 'is not', null)
          .set({
            ...unowned,
            status: next,
            previous: status === 'recovering' ? 'worker-lost' : status,
            lost_attempts: sql`lost_attempts + ${lost}`,
          }),
      )
      return released > 0
    },

    *reap({ now: time, workerId }) {
      const rows = yield* all(
        db
          .updateTable('generation')
          .set({
            status: 'recovering',
            epoch: sql`epoch + 1`,
            lost_attempts: sql`lost_attempts + 1`,
            previous: 'worker-lost',
            worker_id: null,
            lease_until: null,
            due_at: now,
          })
          .where('ended_at', 'is', null)
          .where('status', 'in', statesBefore('recovering'))
          .where((eb) =>
            workerId === undefined
              ? eb.or([eb('lease_until', '<=', time), eb('lease_until', '>', time + MAX_LEASE_MS)])
              : eb('worker_id', '=', workerId),
          )
          .returning(['id', 'epoch', 'lost_attempts']),
      )
      return rows.map((row) => ({ generationId: row.id, epoch: row.epoch, lostAttempts: row.lost_attempts }))
    },

    *position(generationId) {
      const queued = db.selectFrom('generation').where('status', '=', 'queued').where('ended_at', 'is', null)
      const job = yield* first(queued.select(['user_id', 'created_at', 'id']).where('id', '=', generationId))
      if (!job) return undefined
      const before = queued
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('user_id', '=', job.user_id)
        .where('purpose', '=', 'answer')
        .where(sql<boolean>`(created_at, id) < (${job.created_at}, ${job.id})`)
      const counted = yield* first(before)
      return counted?.count
    },
  }
}

interface TakenRow {
  id: string
  epoch: number
  user_id: string
  conversation_id: string | null
  message_id: string | null
  purpose: Job['purpose']
  request_json: string
  lost_attempts: number
  previous: Job['previous']
  cancel_requested_at: number | null
  created_at: number
}

/** RETURNING gives rows in no particular order. */
function byAge(a: TakenRow, b: TakenRow): number {
  return a.created_at - b.created_at || (a.id < b.id ? -1 : 1)
}

function toJob(row: TakenRow): Job {
  return {
    generationId: row.id,
    epoch: row.epoch,
    userId: row.user_id,
    conversationId: row.conversation_id ?? undefined,
    messageId: row.message_id ?? undefined,
    purpose: row.purpose,
    request: JSON.parse(row.request_json) as GenerationRequest,
    lostAttempts: row.lost_attempts,
    previous: row.previous,
    cancelRequested: row.cancel_requested_at !== null,
  }
}
