import type { GenerationError, ProviderErrorKind } from '#protocol/provider-error.ts'

/** How a vendor would typically report each kind: the status that comes with it, and whether trying again can help. */
const TYPICAL: Record<ProviderErrorKind, { status?: number; retryable: boolean }> = {
  auth: { status: 401, retryable: false },
  permission: { status: 403, retryable: false },
  'model-not-found': { status: 404, retryable: false },
  'rate-limit': { status: 429, retryable: true },
  quota: { status: 429, retryable: false },
  'context-length': { status: 400, retryable: false },
  'bad-request': { status: 400, retryable: false },
  overloaded: { status: 503, retryable: true },
  server: { status: 500, retryable: true },
  network: { retryable: true },
  timeout: { retryable: true },
  'bad-response': { retryable: true },
  cancelled: { retryable: false },
  incomplete: { retryable: true },
}

/** A failure of the demo provider; its message says that it is simulated unless another is given. */
export function failure(
  kind: ProviderErrorKind,
  details: { message?: string; retryAfterMs?: number } = {},
): GenerationError {
  return { kind, message: `Simulated by the demo model: ${kind}.`, ...TYPICAL[kind], ...details }
}
