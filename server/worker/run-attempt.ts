import type { GenerationEvent } from '#protocol/events.ts'
import type { GenerationError } from '#protocol/provider-error.ts'
import { isStorageFailure } from '#server/domain/errors.ts'
import type { Clock } from '#server/ports/clock.ts'
import type { Job } from '#server/ports/job-queue.ts'
import type { Provider, ProviderRequest } from '#server/ports/provider.ts'
import type { Store } from '#server/ports/store.ts'
import { askProvider, type AskResult } from './ask-provider.ts'
import { endWait } from './attempt-so-far.ts'
import { endEvent, workerLost } from './end-event.ts'
import { FencedError, type GenerationWriter } from './generation-writer.ts'
import { attemptStart, planAttempt } from './plan-attempt.ts'
import { prepareRequest } from './prepare-request.ts'
import type { ReadAnswer } from './read-answer.ts'
import { nextTry } from './retry-policy.ts'
import type { StopReason } from './stop-reason.ts'

export interface AttemptDependencies {
  store: Store
  providers: ReadonlyMap<string, Provider>
  clock: Clock
  generationTimeoutMs: number
}

export type AttemptOutcome =
  | { kind: 'ended'; event: GenerationEvent }
  | { kind: 'handed-over' }
  /** Nothing is visible yet, and asking again at `dueAt` can help. */
  | { kind: 'waiting'; event: GenerationEvent; dueAt: number }

/** Nobody waits longer for a title. */
const TITLE_TIMEOUT_MS = 60_000

interface Attempt {
  job: Job
  past: ReadAnswer
  writer: GenerationWriter
  stop: AbortSignal
  deps: AttemptDependencies
}

/** Runs or continues one attempt at an answer as far as it goes in this worker. */
export async function runAttempt(attempt: Attempt): Promise<AttemptOutcome> {
  const { job, past, writer, stop, deps } = attempt
  const now = deps.clock.now()
  if (job.cancelRequested || isCancelled(stop)) return { kind: 'ended', event: endEvent(undefined, now, 'cancelled') }
  if (stop.aborted) return { kind: 'handed-over' }
  const plan = planAttempt(job, past)
  if (plan.kind === 'give-up') return { kind: 'ended', event: endEvent(undefined, now, workerLost()) }

  let { resume, tryNumber } = plan
  let startedAt = plan.start ? now : (endWait(past.attempt, now).startedAt ?? now)
  if (plan.start) void writer.write([attemptStart(job, writer.answer().attempt + 1, plan.start, now)])
  for (;;) {
    const outcome = await tryOnce(attempt, { resume, tryNumber, startedAt })
    if (outcome !== 'cannot-resume') return outcome
    // What the provider kept is gone: the attempt begins anew, in the open.
    resume = undefined
    tryNumber = 1
    startedAt = deps.clock.now()
    void writer.write([attemptStart(job, writer.answer().attempt + 1, plan.startAgain, startedAt)])
  }
}

interface Try {
  resume: ProviderRequest['resume']
  /** From 1. */
  tryNumber: number
  /** When the attempt began: its time is for all its tries together. */
  startedAt: number
}

async function tryOnce(
  attempt: Attempt,
  { resume, tryNumber, startedAt }: Try,
): Promise<AttemptOutcome | 'cannot-resume'> {
  const { stop, deps } = attempt
  const result = await ask(attempt, resume, startedAt).catch(ownFailure)
  const { outcome } = result
  const now = deps.clock.now()
  if (outcome.kind === 'finished') return { kind: 'ended', event: endEvent(result, now, outcome.finish) }
  if (isCancelled(stop)) return { kind: 'ended', event: endEvent(result, now, 'cancelled') }
  if (stop.aborted) return { kind: 'handed-over' }
  const { error } = outcome
  const begun = result.visible || error.kind === 'internal'
  const retry = begun ? undefined : nextTry(error, tryNumber)
  if (retry && now + retry.delayMs < startedAt + timeoutMs(attempt)) {
    const dueAt = now + retry.delayMs
    const waiting = { type: 'state', at: now, code: 'waiting', untilMs: dueAt, tryNumber: tryNumber + 1 } as const
    return { kind: 'waiting', event: { ...waiting, error }, dueAt }
  }
  if (resume && !begun) return 'cannot-resume'
  return { kind: 'ended', event: endEvent(result, now, error) }
}

/** Asks the provider for as long as the attempt has left. */
async function ask(attempt: Attempt, resume: ProviderRequest['resume'], startedAt: number): Promise<AskResult> {
  const { job, writer, stop, deps } = attempt
  const { clock, providers } = deps
  const provider = providers.get(job.request.provider)
  if (!provider) return failed(noProvider(job.request.provider))
  const request = await prepareRequest(job, resume, deps)
  const deadline = new AbortController()
  // A clock that was set anew meanwhile must not make it longer, or nothing.
  const wholeMs = timeoutMs(attempt)
  const leftMs = Math.min(Math.max(1, startedAt + wholeMs - clock.now()), wholeMs)
  const timer = setTimeout(() => deadline.abort(), leftMs)
  const signal = AbortSignal.any([stop, deadline.signal])
  const result = await askProvider({ provider, request, writer, clock, signal }).finally(() => clearTimeout(timer))
  if (!deadline.signal.aborted || stop.aborted || result.outcome.kind === 'finished') return result
  return { ...result, outcome: { kind: 'failed', error: { kind: 'timeout', message: '', retryable: true } } }
}

function timeoutMs({ job, deps }: Attempt): number {
  return job.purpose === 'title' ? Math.min(TITLE_TIMEOUT_MS, deps.generationTimeoutMs) : deps.generationTimeoutMs
}

/** A fault of ours ends the answer in words, instead of being run into three times by three workers. */
function ownFailure(error: unknown): AskResult {
  // What could not be stored until its worker had to leave is for the next one to do again.
  if (error instanceof FencedError || isStorageFailure(error)) throw error
  const message = error instanceof Error ? error.message : String(error)
  return failed({ kind: 'internal', message, retryable: true })
}

function failed(error: GenerationError): AskResult {
  return { outcome: { kind: 'failed', error }, visible: false, upstreamClosedAt: undefined }
}

function noProvider(provider: string): GenerationError {
  return { kind: 'model-not-found', message: `No provider is set up under the name "${provider}".`, retryable: false }
}

function isCancelled(stop: AbortSignal): boolean {
  return (stop.reason as StopReason | undefined) === 'cancel'
}
