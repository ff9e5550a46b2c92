import { CIRCUIT_OPEN, type FailureKind, type GenerationError } from '#protocol/provider-error.ts'
import { MAX_WAIT_MS } from '#server/ports/job-queue.ts'

const MAX_TRIES = 4
const FIRST_DELAY_MS = 500
const MAX_BACKOFF_MS = 8_000
/** Who can ask somebody else waits no longer than this for anyone. */
const LONGEST_WAIT_WITH_FALLBACK_MS = 5_000

/**
 * Whether and when to ask the same model again after a failure before anything visible. Follows the provider's
 * Retry-After, else backs off exponentially with jitter, so that many clients do not come back together. A provider that
 * asks for more patience than any job has gets a failed answer: a person can decide better than a timer.
 *
 * Where a fallback stands by, a longer Retry-After is no longer waited for, nor is a provider asked twice that was silent
 * until its time-out or that has failed for everybody just before.
 */
export function nextTry(
  error: GenerationError,
  tryNumber: number,
  { hasFallback = false, random = Math.random }: { hasFallback?: boolean; random?: () => number } = {},
): { delayMs: number; tryNumber: number } | undefined {
  if (!error.retryable || tryNumber >= MAX_TRIES) return undefined
  const refusedHere = error.providerCode === CIRCUIT_OPEN
  if (hasFallback && (refusedHere || error.kind === 'timeout')) return undefined
  const delayMs = error.retryAfterMs ?? backoffMs(tryNumber, random)
  if (delayMs > (hasFallback ? LONGEST_WAIT_WITH_FALLBACK_MS : MAX_WAIT_MS)) return undefined
  // Who was not asked has not been tried.
  return { delayMs, tryNumber: refusedHere ? tryNumber : tryNumber + 1 }
}

function backoffMs(tryNumber: number, random: () => number): number {
  const longestMs = Math.min(FIRST_DELAY_MS * 2 ** (tryNumber - 1), MAX_BACKOFF_MS)
  return Math.round(longestMs * (0.5 + random() / 2))
}

/**
 * Whether another model can do better than the one that failed so. Not where the request itself was refused: a person
 * should see what is wrong with it, and another vendor would say the same or quietly leave it out. Not where somebody
 * cancelled, and not for faults of ours.
 */
export function allowsFallback(kind: FailureKind): boolean {
  return !STAYING.has(kind)
}

const STAYING: ReadonlySet<FailureKind> = new Set(['bad-request', 'cancelled', 'internal', 'worker-lost'])
