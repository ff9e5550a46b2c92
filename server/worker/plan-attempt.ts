import type { AttemptReason, GenerationEvent } from '#protocol/events.ts'
import { plainText, type MessagePart } from '#protocol/messages.ts'
import { MAX_ATTEMPTS } from '#server/domain/states.ts'
import type { Job } from '#server/ports/job-queue.ts'
import type { ProviderRequest } from '#server/ports/provider.ts'
import type { ReadAnswer } from './read-answer.ts'

export type AttemptPlan =
  /** Three workers were lost over it. */
  | { kind: 'give-up' }
  | {
      kind: 'ask'
      /** Why an attempt begins now; undefined when the one that waited goes on. */
      start: AttemptReason | undefined
      tryNumber: number
      resume: NonNullable<ProviderRequest['resume']> | undefined
      /** Why an attempt would begin anew if the provider could not resume. */
      startAgain: AttemptReason
    }

/** What a worker does with a job that it claimed, after what the job and its log say: the recovery ladder. */
export function planAttempt(job: Pick<Job, 'lostAttempts' | 'previous'>, past: ReadAnswer): AttemptPlan {
  const { answer, attempt } = past
  if (job.lostAttempts >= MAX_ATTEMPTS) return { kind: 'give-up' }
  const resume =
    attempt.handle === undefined
      ? undefined
      : {
          handle: attempt.handle,
          afterCharacters: plainText(answer.parts).length,
          afterReasoningCharacters: reasoningLength(answer.parts),
        }
  const startAgain = reasonToStart(job)
  if (job.previous === 'waiting' && answer.status === 'waiting') {
    const tryNumber = answer.phase?.tryNumber ?? 2
    const resumes = answer.attemptReason === 'resumed' ? resume : undefined
    return { kind: 'ask', start: undefined, tryNumber, resume: resumes, startAgain }
  }
  const start = resume ? 'resumed' : startAgain
  return { kind: 'ask', start, tryNumber: 1, resume, startAgain }
}

function reasoningLength(parts: readonly MessagePart[]): number {
  return parts.reduce((length, part) => length + (part.type === 'reasoning' ? part.text.length : 0), 0)
}

function reasonToStart({ previous, lostAttempts }: Pick<Job, 'lostAttempts' | 'previous'>): AttemptReason {
  if (previous === 'drained' || previous === 'worker-lost') return previous
  return lostAttempts > 0 ? 'worker-lost' : 'first'
}

export function attemptStart(job: Pick<Job, 'request'>, attempt: number, reason: AttemptReason, at: number) {
  const { provider, model } = job.request
  return { type: 'attempt-start', at, attempt, reason, provider, model } satisfies GenerationEvent
}
