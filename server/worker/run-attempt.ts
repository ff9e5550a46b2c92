import type { GenerationEvent } from '#protocol/events.ts'
import { CIRCUIT_OPEN, type GenerationError } from '#protocol/provider-error.ts'
import { isStorageFailure } from '#server/domain/errors.ts'
import type { Clock } from '#server/ports/clock.ts'
import type { Job } from '#server/ports/job-queue.ts'
import { ProviderFailure, type Provider, type ProviderRequest } from '#server/ports/provider.ts'
import { askProvider, type AskResult } from './ask-provider.ts'
import { endWait } from './attempt-so-far.ts'
import { experienceOf, type CircuitBreakers } from './circuit-breaker.ts'
import { contextOverflow } from './context-overflow.ts'
import { endEvent, workerLost } from './end-event.ts'
import { findFallback, modelAt, placeOf, requestTo } from './fallback-chain.ts'
import { FencedError, type GenerationWriter } from './generation-writer.ts'
import type { ModelFacts } from './model-facts.ts'
import { attemptStart, planAttempt } from './plan-attempt.ts'
import type { RequestDependencies } from './prepare-request.ts'
import type { ReadAnswer } from './read-answer.ts'
import { nextTry } from './retry-policy.ts'
import type { StopReason } from './stop-reason.ts'

export interface AttemptDependencies extends RequestDependencies {
  providers: ReadonlyMap<string, Provider>
  clock: Clock
  facts: ModelFacts
  breakers: CircuitBreakers
  generationTimeoutMs: number
}

export type AttemptOutcome =
  | { kind: 'ended'; event: GenerationEvent }
  | { kind: 'handed-over' }
  /** Nothing is visible yet, and asking again at `dueAt` can help. */
  | { kind: 'waiting'; event: GenerationEvent; dueAt: number }

/** Nobody waits longer for a title. */
const TITLE_TIMEOUT_MS = 60_000
/** Nor, in all, for a provider that is given a pause because it has failed again and again. */
const PAUSE_PATIENCE_MS = 2 * 60_000

interface Attempt {
  job: Job
  past: ReadAnswer
  writer: GenerationWriter
  stop: AbortSignal
  deps: AttemptDependencies
}

/**
 * Runs or continues one attempt at an answer as far as it goes in this worker. Once the answer comes from a fallback it goes
 * on with that one, also after a wait and in later attempts: the model before has failed already.
 */
export async function runAttempt(attempt: Attempt): Promise<AttemptOutcome> {
  const { job, past, writer, stop, deps } = attempt
  const now = deps.clock.now()
  if (job.cancelRequested || isCancelled(stop)) return { kind: 'ended', event: endEvent(undefined, now, 'cancelled') }
  if (stop.aborted) return { kind: 'handed-over' }
  const plan = planAttempt(job, past)
  if (plan.kind === 'give-up') return { kind: 'ended', event: endEvent(undefined, now, workerLost()) }

  let { resume, tryNumber } = plan
  let place = placeOf(job.request, past.answer)
  let startedAt = plan.start ? now : (endWait(past.attempt, now).startedAt ?? now)
  const start = (reason: NonNullable<typeof plan.start>, at: number) => {
    const { attempt: number, switchedFrom } = writer.answer()
    const events: GenerationEvent[] = [attemptStart(job, number + 1, reason, at)]
    if (place > 0) events.push(modelSwitch(job, place, switchedFrom?.reason ?? '', at))
    void writer.write(events)
  }
  if (plan.start) start(plan.start, now)
  for (;;) {
    const outcome = await tryOnce(attempt, { place, resume, tryNumber, startedAt })
    if (outcome.kind === 'switch') {
      place = outcome.place
      void writer.write([modelSwitch(job, place, outcome.reason, deps.clock.now())])
    } else if (outcome.kind === 'cannot-resume') {
      // What the provider kept is gone: the attempt begins anew, in the open.
      startedAt = deps.clock.now()
      start(plan.startAgain, startedAt)
    } else return outcome
    resume = undefined
    tryNumber = 1
  }
}

function modelSwitch({ request }: Job, place: number, reason: string, at: number): GenerationEvent {
  return { type: 'model-switch', at, ...modelAt(request, place), reason }
}

interface Try {
  /** Whom to ask: 0 is the model that was asked for, those after it are its fallbacks. */
  place: number
  resume: ProviderRequest['resume']
  /** From 1. */
  tryNumber: number
  /** When the attempt began: its time is for all its tries together. */
  startedAt: number
}

type TryOutcome = AttemptOutcome | { kind: 'cannot-resume' } | { kind: 'switch'; place: number; reason: string }

async function tryOnce(attempt: Attempt, asking: Try): Promise<TryOutcome> {
  const { stop, deps } = attempt
  const result = await ask(attempt, asking).catch(ownFailure)
  const { outcome } = result
  const now = deps.clock.now()
  if (outcome.kind === 'finished') return { kind: 'ended', event: endEvent(result, now, outcome.finish) }
  if (isCancelled(stop)) return { kind: 'ended', event: endEvent(result, now, 'cancelled') }
  if (stop.aborted) return { kind: 'handed-over' }
  const { error } = outcome
  const ended = { kind: 'ended', event: endEvent(result, now, error) } as const
  const begun = result.visible || error.kind === 'internal'
  return begun ? ended : ((await goOn(attempt, asking, error, now)) ?? ended)
}

/** What can still be done after a failure before anything visible. */
async function goOn(
  attempt: Attempt,
  asking: Try,
  error: GenerationError,
  at: number,
): Promise<TryOutcome | undefined> {
  const { job, deps } = attempt
  const { place, resume, tryNumber, startedAt } = asking
  const leftMs = startedAt + timeoutMs(attempt) - at
  // What is visible of an answer that its provider may resume is worth more than another model's beginning.
  const fallback = resume || leftMs <= 0 ? undefined : await findFallback(deps, job, place, error)
  const next = nextTry(error, tryNumber, { hasFallback: fallback !== undefined })
  const patienceMs = error.providerCode === CIRCUIT_OPEN ? startedAt + PAUSE_PATIENCE_MS - at : Infinity
  if (next && next.delayMs < Math.min(leftMs, patienceMs)) {
    const dueAt = at + next.delayMs
    const event = { type: 'state', at, code: 'waiting', untilMs: dueAt, tryNumber: next.tryNumber, error } as const
    return { kind: 'waiting', event, dueAt }
  }
  if (resume) return { kind: 'cannot-resume' }
  return fallback === undefined ? undefined : { kind: 'switch', place: fallback, reason: error.kind }
}

/** Asks the provider for as long as the attempt has left. */
async function ask(attempt: Attempt, { place, resume, startedAt }: Try): Promise<AskResult> {
  const { job, writer, stop, deps } = attempt
  const { clock, providers, facts, breakers } = deps
  const model = modelAt(job.request, place)
  const provider = providers.get(model.provider)
  if (!provider) return failed(noProvider(model.provider))
  const request = await requestTo(deps, job, place, resume)
  const overflow = resume ? undefined : contextOverflow(request)
  if (overflow) return failed(overflow)
  const entry = breakers.enter({ ...model, ...(request.credentials ? { credentials: request.credentials } : {}) })
  if (!entry.ok) return failed(entry.error)
  const deadline = new AbortController()
  // A clock that was set anew meanwhile must not make it longer, or nothing.
  const wholeMs = timeoutMs(attempt)
  const leftMs = Math.min(Math.max(1, startedAt + wholeMs - clock.now()), wholeMs)
  const timer = setTimeout(() => deadline.abort(), leftMs)
  const signal = AbortSignal.any([stop, deadline.signal])
  const price = request.credentials?.baseUrl === undefined ? (await facts.of(model))?.price : undefined
  const onSign = () => entry.leave('answered')
  try {
    const result = await askProvider({ provider, request, writer, clock, signal, price, onSign })
    if (result.outcome.kind === 'finished') return result
    if (!signal.aborted) entry.leave(experienceOf(result.outcome.error))
    if (!deadline.signal.aborted || stop.aborted) return result
    return { ...result, outcome: { kind: 'failed', error: { kind: 'timeout', message: '', retryable: true } } }
  } finally {
    clearTimeout(timer)
    entry.leave('unknown')
  }
}

function timeoutMs({ job, deps }: Attempt): number {
  return job.purpose === 'title' ? Math.min(TITLE_TIMEOUT_MS, deps.generationTimeoutMs) : deps.generationTimeoutMs
}

/** A fault of ours ends the answer in words, instead of being run into three times by three workers. */
function ownFailure(error: unknown): AskResult {
  // What could not be stored until its worker had to leave is for the next one to do again.
  if (error instanceof FencedError || isStorageFailure(error)) throw error
  if (error instanceof ProviderFailure) return failed(error.error)
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
