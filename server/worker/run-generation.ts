import type { EndEvent, GenerationEvent } from '#protocol/events.ts'
import type { GenerationError } from '#protocol/provider-error.ts'
import { MAX_ATTEMPTS } from '#server/domain/states.ts'
import type { Clock } from '#server/ports/clock.ts'
import type { EventLog } from '#server/ports/event-log.ts'
import type { Job, JobQueue } from '#server/ports/job-queue.ts'
import type { Provider } from '#server/ports/provider.ts'
import type { Store } from '#server/ports/store.ts'
import { askProvider, type AskResult } from './ask-provider.ts'
import { createGenerationWriter, FencedError, type GenerationWriter } from './generation-writer.ts'
import { readAnswer } from './read-answer.ts'

export interface RunDependencies {
  log: EventLog
  queue: JobQueue
  store: Store
  providers: ReadonlyMap<string, Provider>
  clock: Clock
  generationTimeoutMs: number
}

/** Why a running generation is told to stop; the reason of its abort signal. */
export type StopReason = 'cancel' | 'drain' | 'lost'

/**
 * Runs one claimed generation to its end, or until its worker has to give it back. Whatever happens the log ends with one
 * terminal event, unless another owner took over, or the job is handed back to be claimed again.
 */
export async function runGeneration(job: Job, deps: RunDependencies, stop: AbortSignal): Promise<void> {
  const { log, store, clock } = deps
  const opened = await log.open(job.generationId, job.epoch)
  if (!opened.ok && opened.reason === 'fenced') return
  const past = await readAnswer(log, job.generationId)
  if (!past) return
  if (past.sealed) {
    await store.settle(job.generationId, past.answer, clock.now())
    return
  }

  const writer = createGenerationWriter({ log, generationId: job.generationId, epoch: job.epoch, ...past })
  const end = await attempt(job, deps, writer, stop)
  if (end === 'handed-over') {
    await writer.flush()
    await deps.queue.release(job, { status: 'drained' })
    return
  }
  void writer.write([end])
  await writer.flush()
  await store.settle(job.generationId, writer.answer(), clock.now())
}

async function attempt(
  job: Job,
  deps: RunDependencies,
  writer: GenerationWriter,
  stop: AbortSignal,
): Promise<GenerationEvent | 'handed-over'> {
  const { clock } = deps
  if (job.cancelRequested || stop.reason === 'cancel') return cancelled(clock.now())
  if (stop.aborted) return 'handed-over'
  if (job.lostAttempts >= MAX_ATTEMPTS) return failed(clock.now(), workerLost())

  void writer.write([attemptStart(job, writer.answer().attempt + 1, clock.now())])
  const result = await ask(job, deps, writer, stop).catch(ownFailure)
  if (stop.aborted && stop.reason !== 'cancel' && result.kind !== 'finished') return 'handed-over'
  return endEvent(result, clock.now(), stop)
}

/** Asks the provider under the generation's own deadline. */
async function ask(job: Job, deps: RunDependencies, writer: GenerationWriter, stop: AbortSignal): Promise<AskResult> {
  const { clock, store, providers, generationTimeoutMs } = deps
  const { request } = job
  const provider = providers.get(request.provider)
  if (!provider) return { kind: 'failed', error: noProvider(request.provider), upstreamClosedAt: undefined }
  const messages =
    'messages' in request.branch ? request.branch.messages : await store.branch(job.userId, request.branch.leafId)
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), generationTimeoutMs)
  const result = await askProvider({
    provider,
    request: {
      model: request.model,
      systemPrompt: request.systemPrompt,
      messages,
      parameters: request.parameters,
      generationId: job.generationId,
    },
    writer,
    clock,
    signal: AbortSignal.any([stop, deadline.signal]),
  }).finally(() => clearTimeout(timer))
  if (!deadline.signal.aborted || stop.aborted || result.kind !== 'failed') return result
  return { ...result, error: { kind: 'timeout', message: '', retryable: true } }
}

/** A fault of ours ends the answer in words, instead of being run into three times by three workers. */
function ownFailure(error: unknown): AskResult {
  if (error instanceof FencedError) throw error
  const message = error instanceof Error ? error.message : String(error)
  return { kind: 'failed', error: { kind: 'internal', message, retryable: true }, upstreamClosedAt: undefined }
}

function attemptStart(job: Job, attemptNumber: number, at: number): GenerationEvent {
  const reason = job.previous === 'worker-lost' || job.previous === 'drained' ? job.previous : 'first'
  const { provider, model } = job.request
  return { type: 'attempt-start', at, attempt: attemptNumber, reason, provider, model }
}

function endEvent(result: AskResult, at: number, stop: AbortSignal): GenerationEvent {
  const closed = result.upstreamClosedAt === undefined ? {} : { upstreamClosedAt: result.upstreamClosedAt }
  if (result.kind === 'finished') {
    const { reason, rawReason } = result.finish
    const end: EndEvent = { type: 'end', status: 'completed', finishReason: reason, ...closed }
    if (rawReason !== undefined) end.rawFinishReason = rawReason
    return { ...end, at }
  }
  if (stop.aborted) return { ...cancelled(at), ...closed }
  return { ...failed(at, result.error), ...closed }
}

function cancelled(at: number): GenerationEvent & EndEvent {
  return { type: 'end', at, status: 'cancelled', cancelledBy: 'user' }
}

function failed(at: number, error: GenerationError): GenerationEvent & EndEvent {
  return { type: 'end', at, status: 'failed', finishReason: 'error', error }
}

function workerLost(): GenerationError {
  return { kind: 'worker-lost', message: '', retryable: true }
}

function noProvider(provider: string): GenerationError {
  return { kind: 'model-not-found', message: `No provider is set up under the name "${provider}".`, retryable: false }
}
