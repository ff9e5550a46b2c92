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

export type BrokenPromiseCode =
  | 'database-newer'
  | 'database-unreadable'
  | 'unusable-installation'
  | 'invariant'
  | 'closed'

/** Something that must not happen did: a broken invariant or an unusable installation. */
export class MillraceError extends Error {
  readonly code: BrokenPromiseCode

  constructor(code: BrokenPromiseCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'MillraceError'
    this.code = code
  }
}
