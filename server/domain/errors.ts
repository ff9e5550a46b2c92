import type { ProblemCode } from '#protocol/api/problem.ts'

/**
 * A request that cannot be fulfilled, for a reason that its sender can act on. `http/` turns it into a problem document;
 * the code decides status and title.
 */
export class RequestError extends Error {
  readonly code: ProblemCode
  readonly parameters: Record<string, string | number>

  constructor(code: ProblemCode, detail: string, parameters: Record<string, string | number> = {}) {
    super(detail)
    this.name = 'RequestError'
    this.code = code
    this.parameters = parameters
  }
}

/** Why nothing can be stored at the moment. Passes by itself once the disk or the lock is free again; nothing was written. */
export type StorageFailureCode = 'storage-full' | 'storage-busy' | 'storage-failed'

export type BrokenPromiseCode =
  | StorageFailureCode
  | 'database-newer'
  | 'database-unreadable'
  | 'unusable-installation'
  | 'invariant'
  | 'closed'

/** Something that must not happen did: a broken invariant, an unusable installation, or a disk that takes nothing. */
export class MillraceError extends Error {
  readonly code: BrokenPromiseCode

  constructor(code: BrokenPromiseCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'MillraceError'
    this.code = code
  }
}

const STORAGE_FAILURES: ReadonlySet<unknown> = new Set<StorageFailureCode>([
  'storage-full',
  'storage-busy',
  'storage-failed',
])

export type StorageFailure = MillraceError & { code: StorageFailureCode }

/** Whether trying the same again can help, and only that: nothing is wrong with what was asked. */
export function isStorageFailure(error: unknown): error is StorageFailure {
  return error instanceof MillraceError && STORAGE_FAILURES.has(error.code)
}
