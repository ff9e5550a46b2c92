import type { GenerationRequest, GenerationPurpose } from '#server/domain/generation.ts'

/**
 * Who works on which generation. The generation row is the job: `Store.startTurn` enqueues by inserting it as `queued`.
 *
 * At least once: correctness never rests on a lease, the log's epoch is what fences a worker that lost its job. Every claim
 * raises the generation's epoch by one, in the same statement that takes it. Claims are fair between users (the user with
 * the fewest running generations first, then the oldest job, titles after answers) and bounded per user. All times are milliseconds.
 */
export interface JobQueue {
  /**
   * Takes up to `limit` jobs that are due (`queued`, `recovering`, or `waiting` whose time has come) and gives each to the
   * worker under a lease. Jobs with a cancel request are handed out too, before their time and beyond the bound: the
   * worker that gets one ends it. Jobs before their last attempt are left to `claimLone`.
   *
   * A time further ahead than anyone ever waits was set by a clock that has been put back since: it has come.
   */
  claim(workerId: string, options: ClaimOptions): Promise<Job[]>

  /** Takes the oldest due job that is before its last attempt: its worker runs it alone. Bounded by nothing. */
  claimLone(workerId: string, leaseMs: number): Promise<Job | undefined>

  /** How many jobs `claimLone` would give. */
  countLone(): Promise<number>

  /** Takes one particular job that nobody owns, due or not; undefined when it is owned, ended or unknown. */
  claimOne(workerId: string, generationId: string, leaseMs: number): Promise<Job | undefined>

  /**
   * Prolongs the worker's leases. Returns what it must know of them: jobs that are no longer its own (stop at once) and
   * jobs that someone asked to cancel.
   */
  extend(workerId: string, held: readonly JobRef[], leaseMs: number): Promise<{ lost: string[]; cancel: string[] }>

  /**
   * Gives a job back unfinished. `recovering` counts as a lost attempt, `drained` does not, `waiting` is due again at
   * `dueAt`. False when the epoch is not current.
   */
  release(ref: JobRef, how: { status: 'recovering' | 'drained' | 'waiting'; dueAt?: number }): Promise<boolean>

  /**
   * Takes from their owner the jobs whose lease ran out, or with `workerId` all jobs of that dead worker and no others; each
   * becomes `recovering` with a raised epoch and one more lost attempt. Returns them with their new epoch. A lease that
   * ends further ahead than `MAX_LEASE_MS` was given by a clock that has been put back since, and has run out too.
   */
  reap(options: { now: number; workerId?: string }): Promise<ReapedJob[]>

  /** How many answers of the same user stand before this job, from 0; undefined when it is not queued. */
  position(generationId: string): Promise<number | undefined>
}

/** No lease is ever longer. */
export const MAX_LEASE_MS = 60_000
/** No job ever waits longer for its time; nor by more than this when the clock is put back meanwhile. */
export const MAX_WAIT_MS = 2 * 60_000

export interface ClaimOptions {
  limit: number
  leaseMs: number
  /** At most this many running generations per user; a running title takes no place from an answer. */
  maxRunningPerUser: number
}

export interface JobRef {
  generationId: string
  epoch: number
}

export interface Job extends JobRef {
  userId: string
  conversationId: string | undefined
  messageId: string | undefined
  purpose: GenerationPurpose
  request: GenerationRequest
  /** How many attempts were lost with their worker; drains do not count. */
  lostAttempts: number
  /** Why this claim is not the first. */
  previous: 'none' | 'worker-lost' | 'drained' | 'waiting'
  cancelRequested: boolean
}

export interface ReapedJob extends JobRef {
  lostAttempts: number
}
