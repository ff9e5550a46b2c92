import type { Answer } from '#protocol/messages.ts'
import { words } from '../words/words.ts'

/**
 * Which attempt this is, once there were several, and why. Where text was superseded the reason stands above the answer
 * already, beside the way to that text.
 */
export function attemptFacts({ attempt, attemptReason, superseded }: Answer): string[] {
  if (attempt < 2) return []
  if (attemptReason === 'resumed') return [words.attempt.factResumed(attempt)]
  if (superseded.length > 0) return [words.attempt.factOnly(attempt)]
  if (attemptReason === 'worker-lost') return [words.attempt.factLost(attempt)]
  if (attemptReason === 'drained') return [words.attempt.factDrained(attempt)]
  return [words.attempt.factOnly(attempt)]
}
