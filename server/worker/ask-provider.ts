import { isVisible, type GenerationEvent } from '#protocol/events.ts'
import type { GenerationError } from '#protocol/provider-error.ts'
import { createAnswerPipeline } from '#server/pipeline/answer-pipeline.ts'
import type { Clock } from '#server/ports/clock.ts'
import type { FinishEvent, Provider, ProviderEvent, ProviderRequest } from '#server/ports/provider.ts'
import type { GenerationWriter } from './generation-writer.ts'
import { nextTry } from './retry-policy.ts'
import { wait } from './wait.ts'

export type AskResult = { upstreamClosedAt: number | undefined } & (
  | { kind: 'finished'; finish: FinishEvent }
  | { kind: 'failed'; error: GenerationError }
)

export interface Asking {
  provider: Provider
  request: ProviderRequest
  writer: GenerationWriter
  clock: Clock
  signal: AbortSignal
}

/**
 * Streams one answer from the provider into the log. Tries again after failures that a retry can help, but only as long
 * as nothing of the answer is visible; each wait is in the log before it begins.
 */
export async function askProvider(asking: Asking): Promise<AskResult> {
  const { writer, clock, signal } = asking
  for (let tryNumber = 1; ; tryNumber++) {
    void writer.write([{ type: 'state', at: clock.now(), code: 'connecting' }])
    const { result, visible } = await streamOnce(asking)
    if (result.kind === 'finished' || visible || signal.aborted) return result
    const retry = nextTry(result.error, tryNumber)
    if (!retry) return result
    const { delayMs } = retry
    const untilMs = clock.now() + delayMs
    const waiting: GenerationEvent = {
      type: 'state',
      at: clock.now(),
      code: 'waiting',
      untilMs,
      tryNumber: tryNumber + 1,
      error: result.error,
    }
    void writer.write([waiting])
    if (!(await wait(delayMs, signal))) return result
  }
}

async function streamOnce(asking: Asking): Promise<{ result: AskResult; visible: boolean }> {
  const { provider, request, writer, clock, signal } = asking
  const pipeline = createAnswerPipeline()
  let visible = false
  let last: ProviderEvent | undefined

  const pass = (events: readonly ProviderEvent[]): Promise<void> | undefined => {
    const at = clock.now()
    const logged: GenerationEvent[] = []
    for (const event of events) {
      if (event.type === 'finish' || event.type === 'error') {
        last = event
        continue
      }
      const stamped = stamp(event, at)
      visible ||= isVisible(stamped)
      logged.push(stamped)
    }
    return logged.length > 0 ? writer.write(logged) : undefined
  }

  for await (const batch of provider.stream(request, signal)) {
    const full = pass(pipeline.push(batch))
    if (full) await full
  }
  const upstreamClosedAt = clock.now()
  await pass(pipeline.end())
  if (last?.type === 'finish') return { result: { kind: 'finished', finish: last, upstreamClosedAt }, visible }
  const error: GenerationError = last?.type === 'error' ? last.error : silentProvider()
  return { result: { kind: 'failed', error, upstreamClosedAt }, visible }
}

/** Type and time stand first in the stored JSON, so that a person who reads a stream sees them first. */
function stamp(event: Exclude<ProviderEvent, { type: 'finish' | 'error' }>, at: number): GenerationEvent {
  if (event.type === 'text-delta' && event.pieces === undefined) return { type: 'text-delta', at, text: event.text }
  const { type, ...rest } = event
  return { type, at, ...rest } as GenerationEvent
}

function silentProvider(): GenerationError {
  return { kind: 'incomplete', message: '', retryable: true }
}
