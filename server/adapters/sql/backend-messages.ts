import type { BrokenPromiseCode, StorageFailureCode } from '#server/domain/errors.ts'
import type { JobQueue } from '#server/ports/job-queue.ts'
import type { Store } from '#server/ports/store.ts'
import type { LogBatch, LogBatchOutcome } from './log-batch.ts'

export interface StoreRequest {
  kind: 'store'
  id: number
  name: keyof Store
  args: unknown[]
}

export interface QueueRequest {
  kind: 'queue'
  id: number
  name: keyof JobQueue
  args: unknown[]
  /** The caller's clock. */
  now: number
}

export interface LogRequest {
  kind: 'log'
  id: number
  batch: LogBatch
}

/** Asks for a commit that changes nothing, to see whether one can be made. */
export interface ProbeRequest {
  kind: 'probe'
  id: number
}

/** What the thread that owns the writing connection is asked. `hurry`: nothing may wait long for a lock any more. */
export type BackendRequest =
  | StoreRequest
  | QueueRequest
  | LogRequest
  | ProbeRequest
  | { kind: 'hurry' }
  | { kind: 'close' }

/** What it answers. */
export type BackendReply =
  | { kind: 'ready' }
  | { kind: 'answer'; id: number; value: unknown }
  /** A turn is committed: its `answer` follows when it is on the disk. */
  | { kind: 'queued'; id: number }
  /** A commit changed what these users see, or left jobs that nobody is told of otherwise. */
  | { kind: 'changed'; userIds: string[]; newJobs: boolean }
  /** The batch is committed. Its sealing appends are acknowledged only by the `synced` that follows when `sealed`. */
  | { kind: 'committed'; id: number; outcome: LogBatchOutcome }
  | { kind: 'synced'; id: number }
  /** Why writes fail since now; without a code they succeed again. */
  | { kind: 'storage'; code: StorageFailureCode | undefined; message: string }
  /** `id` is 0 when the thread could not start. */
  | { kind: 'failed'; id: number; message: string; code: BrokenPromiseCode }
