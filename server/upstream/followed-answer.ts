import { setTimeout as sleep } from 'node:timers/promises'
import type { GenerationError } from '#protocol/provider-error.ts'
import { ProviderFailure, type ProviderEvent, type ProviderRequest } from '#server/ports/provider.ts'
import { createAnswerIterator, tryToRequest, type AnswerDependencies } from './answer-stream.ts'
import { askJson } from './ask-json.ts'
import type { UpstreamRequest } from './exchange.ts'
import type { AnswerRequest, FollowUp } from './wire.ts'

/** What a vendor may take to say that it has stopped an answer, before nobody waits for that any more. */
const STOPPED_WITHIN_MS = 900
/** The same, for the connection; and for the handle of an answer that is to be stopped before it has told one. */
const GIVE_UP_STOPPING_MS = 10_000
/** Waits between tries to take up an answer again that brought nothing; after the last, it is given up. */
const TAKE_UP_AFTER_MS: readonly number[] = [250, 1_000, 2_000, 4_000, 8_000]

type Batch = readonly ProviderEvent[]

/**
 * Streams one answer over as many exchanges as it takes, as `Provider.stream` says: what a wire wants sent instead or next,
 * and what breaks off while the answer goes on at its vendor. Such an answer is stopped there when it is no longer wanted,
 * unless another worker takes it over.
 */
export async function* followAnswer(
  deps: AnswerDependencies,
  request: ProviderRequest,
  signal: AbortSignal,
): AsyncGenerator<Batch, undefined> {
  const first = tryToRequest(deps, request)
  if ('error' in first && !signal.aborted) {
    yield [{ type: 'error', error: first.error }]
    return undefined
  }
  const closing = new AbortController()
  const progress = createProgress(request)
  let sent = first as AnswerRequest
  let stopping: Promise<void> | undefined
  let over = false

  const stop = (): Promise<void> | undefined => {
    const handle = progress.handle()
    if (sent.outlives !== true || handle === undefined || !deps.wire.stop || progress.isEnded()) return undefined
    return (stopping ??= tellVendor(deps, deps.wire.stop(handle, deps.credentials)))
  }
  const onAbort = (): void => {
    const waitsForHandle = sent.outlives === true && deps.wire.stop && progress.handle() === undefined
    if (waitsForHandle) setTimeout(() => closing.abort(), waitForHandleMs(signal)).unref()
    else {
      closing.abort()
      if (!isTakenOver(signal)) void stop()
    }
  }
  const onEvents = (events: Batch, isEnded: boolean): void => {
    progress.note(events, isEnded)
    if (signal.aborted && !closing.signal.aborted && progress.handle() !== undefined) onAbort()
  }

  if (signal.aborted) closing.abort()
  else signal.addEventListener('abort', onAbort, { once: true })
  try {
    let asked = request
    for (;;) {
      const exchange = createAnswerIterator(deps, asked, closing.signal, { toSend: sent, onEvents })
      let error: GenerationError | undefined
      for (let step = await exchange.next(); !step.done; step = await exchange.next()) {
        const last = step.value.at(-1)
        if (last?.type === 'finish') over = true
        if (last?.type === 'error') error = last.error
        if (!error) yield step.value
        else if (step.value.length > 1) yield step.value.slice(0, -1)
      }
      if (!error) return undefined
      const next = signal.aborted ? undefined : nextExchange(deps, progress, { sent, error, request: asked })
      if (!next) {
        over = true
        // One that brought nothing is taken up again by whoever asked.
        if (!signal.aborted && (!request.resume || progress.hasBegun())) void stop()
        await stopping
        yield [{ type: 'error', error }]
        return undefined
      }
      await sleep(next.afterMs, undefined, { signal: closing.signal }).catch(() => {})
      sent = next.toSend
      asked = next.request
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    closing.abort()
    if (!over && !isTakenOver(signal)) void stop()
  }
}

/** The reasons of a signal that mean that the answer is wanted still. */
function isTakenOver({ aborted, reason }: AbortSignal): boolean {
  return aborted && (reason === 'drain' || reason === 'lost')
}

/** Whoever takes it over needs the handle; but the worker that is told to leave, or has lost the answer, must not be kept. */
function waitForHandleMs(signal: AbortSignal): number {
  if (!isTakenOver(signal)) return GIVE_UP_STOPPING_MS
  return signal.reason === 'drain' ? STOPPED_WITHIN_MS : 0
}

interface Progress {
  note(events: Batch, isEnded: boolean): void
  handle(): string | undefined
  /** The request, to be resumed where the answer stands. */
  resumed(request: ProviderRequest): ProviderRequest
  hasBegun(): boolean
  /** Whether the vendor has ended the answer. */
  isEnded(): boolean
  /** Tries since it last got on, this one counted. */
  countTry(): number
}

function createProgress({ resume }: ProviderRequest): Progress {
  let handle = resume?.handle
  let afterCharacters = resume?.afterCharacters ?? 0
  let afterReasoningCharacters = resume?.afterReasoningCharacters ?? 0
  let begun = false
  let ended = false
  let tries = 0
  return {
    note(events, isEnded) {
      ended = isEnded
      for (const event of events) {
        if (event.type === 'provider-handle') handle = event.handle
        else if (event.type === 'reasoning-delta') afterReasoningCharacters += event.text.length
        else if (event.type === 'text-delta' || event.type === 'refusal-delta') afterCharacters += event.text.length
        else continue
        begun = true
        tries = 0
      }
    },
    handle: () => handle,
    resumed: (request) =>
      handle === undefined ? request : { ...request, resume: { handle, afterCharacters, afterReasoningCharacters } },
    hasBegun: () => begun,
    isEnded: () => ended,
    countTry: () => (tries += 1),
  }
}

function nextExchange(
  { wire, credentials }: AnswerDependencies,
  progress: Progress,
  ended: { sent: AnswerRequest; error: GenerationError; request: ProviderRequest },
): FollowUp | undefined {
  const request = progress.resumed(ended.request)
  const followUp = wire.followUp?.({ ...ended, request }, credentials)
  if (followUp || !ended.error.retryable || ended.sent.outlives !== true || progress.isEnded()) return followUp
  // Whoever asked to resume shows that it waits, and tries again by itself.
  if (!request.resume || !progress.hasBegun()) return undefined
  const waitMs = TAKE_UP_AFTER_MS[progress.countTry() - 1]
  if (waitMs === undefined) return undefined
  const afterMs = Math.max(waitMs, ended.error.retryAfterMs ?? 0)
  return { toSend: wire.toRequest(request, credentials), request, afterMs }
}

/** Resolves when the vendor has answered, or is not waited for any longer; a second try is made where the first got lost. */
async function tellVendor(deps: AnswerDependencies, request: UpstreamRequest): Promise<void> {
  const giveUp = AbortSignal.timeout(GIVE_UP_STOPPING_MS)
  const tell = () => askJson(deps, request, giveUp)
  const told = tell().catch((error: unknown) => {
    if (error instanceof ProviderFailure && error.error.retryable) return tell()
    throw error
  })
  const settled = new AbortController()
  const limit = sleep(STOPPED_WITHIN_MS, undefined, { signal: settled.signal, ref: false })
  await Promise.race([told, limit]).catch(() => {})
  settled.abort()
  limit.catch(() => {})
}
