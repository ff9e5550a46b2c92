import type { GenerationError } from '#protocol/provider-error.ts'
import { MAX_WAIT_MS } from '#server/ports/job-queue.ts'

const MAX_TRIES = 4
const FIRST_DELAY_MS = 500
const MAX_BACKOFF_MS = 8_000

/**
 * Whether and when to ask again after a failure before anything visible. Follows the provider's Retry-After, else backs
 * off exponentially with jitter, so that many clients do not come back together. A provider that asks for more patience
 * than any job has gets a failed answer: a person can decide better than a timer.
 */
export function nextTry(
  error: GenerationError,
  tryNumber: number,
  random: () => number = Math.random,
): { delayMs: number } | undefined {
  if (!error.retryable || tryNumber >= MAX_TRIES) return undefined
  if (error.retryAfterMs !== undefined) {
    return error.retryAfterMs <= MAX_WAIT_MS ? { delayMs: error.retryAfterMs } : undefined
  }
  const backoffMs = Math.min(FIRST_DELAY_MS * 2 ** (tryNumber - 1), MAX_BACKOFF_MS)
  return { delayMs: Math.round(backoffMs * (0.5 + random() / 2)) }
}
