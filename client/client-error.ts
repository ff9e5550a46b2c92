import type { Problem, ProblemCode } from '#protocol/api/problem.ts'

/**
 * `network`: no reply came. `timeout`: none came in time. `bad-response`: a reply that this server does not send
 * (a proxy's page, say). Everything else is the server's own problem code.
 */
export type ClientErrorCode = ProblemCode | 'network' | 'timeout' | 'bad-response'

export interface ClientErrorDetails {
  status?: number
  problem?: Problem
  retryAfterMs?: number
  cause?: unknown
}

/** The only error that this client throws, except for the abort reason of a signal that the caller passed. */
export class ClientError extends Error {
  readonly code: ClientErrorCode
  /** HTTP status, when there was a reply. */
  readonly status: number | undefined
  readonly problem: Problem | undefined
  /** How long the server asks to wait before the next try. */
  readonly retryAfterMs: number | undefined

  constructor(code: ClientErrorCode, details: ClientErrorDetails = {}) {
    super(details.problem?.detail ?? code, { cause: details.cause })
    this.name = 'ClientError'
    this.code = code
    this.status = details.status
    this.problem = details.problem
    this.retryAfterMs = details.retryAfterMs
  }

  /** Whether the same request can succeed later without any change to it. */
  get passing(): boolean {
    if (this.code === 'network' || this.code === 'timeout') return true
    return this.status !== undefined && (this.status >= 500 || this.status === 429 || this.status === 408)
  }
}

/** Reads the problem document of a refused request; a body that is none becomes `bad-response`. */
export async function errorOf(response: Response): Promise<ClientError> {
  const details: ClientErrorDetails = { status: response.status }
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  if (Number.isFinite(seconds)) details.retryAfterMs = seconds * 1000
  const body: unknown = await response.json().catch(() => undefined)
  if (!isProblem(body)) return new ClientError('bad-response', details)
  return new ClientError(body.code, { ...details, problem: body })
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string'
}
