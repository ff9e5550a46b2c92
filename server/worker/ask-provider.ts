import { isVisible, type GenerationEvent, type UsageEvent } from '#protocol/events.ts'
import type { GenerationError } from '#protocol/provider-error.ts'
import { cachedTokensOf, costOf } from '#server/domain/cost.ts'
import type { ModelPrice } from '#server/domain/model-facts.ts'
import { createAnswerPipeline } from '#server/pipeline/answer-pipeline.ts'
import type { Clock } from '#server/ports/clock.ts'
import type { FinishEvent, Provider, ProviderEvent, ProviderRequest } from '#server/ports/provider.ts'
import type { GenerationWriter } from './generation-writer.ts'
import { orAborted } from './or-aborted.ts'
import { wait } from './wait.ts'

export interface AskResult {
  outcome: { kind: 'finished'; finish: FinishEvent } | { kind: 'failed'; error: GenerationError }
  /** Whether anything of the answer was written by this try. */
  visible: boolean
  /** Milliseconds UTC; undefined when nobody was asked, or the provider did not let go. */
  upstreamClosedAt: number | undefined
}

export interface Asking {
  provider: Provider
  request: ProviderRequest
  writer: GenerationWriter
  clock: Clock
  signal: AbortSignal
  /** What its tokens cost, where that is known. */
  price?: ModelPrice | undefined
  /** Told once the provider has begun to answer. */
  onSign?: () => void
}

/** What a provider may take to close its connection after it was told to; one that takes longer is left alone. */
const LETTING_GO_MS = 1_000

/** Streams one try at an answer from the provider into the log. */
export async function askProvider(asking: Asking): Promise<AskResult> {
  const { provider, request, writer, clock, signal, onSign } = asking
  const pipeline = createAnswerPipeline()
  let signs = 0
  let visible = false
  let last: ProviderEvent | undefined

  const pass = (events: readonly ProviderEvent[]): Promise<void> | undefined => {
    const at = clock.now()
    const logged: GenerationEvent[] = []
    for (const event of events) {
      if (event.type === 'finish' || event.type === 'error') {
        if (event.type === 'finish') onSign?.()
        last = event
        continue
      }
      // What was left out is known from the request: nobody has answered yet.
      if (event.type !== 'left-out' && signs++ === 0) onSign?.()
      const stamped = stamp(event.type === 'usage' ? withCost(event, asking) : event, at)
      visible ||= isVisible(stamped)
      logged.push(stamped)
    }
    return logged.length > 0 ? writer.write(logged) : undefined
  }

  void writer.write([{ type: 'state', at: clock.now(), code: 'connecting' }])
  let upstreamClosedAt: number | undefined
  let left = false
  const streaming = (async () => {
    for await (const batch of provider.stream(request, signal)) {
      if (left) return
      const full = pass(pipeline.push(batch))
      // A log that cannot be written must not keep the provider's end from being seen.
      if (full) await orAborted(full, signal)
    }
    upstreamClosedAt = clock.now()
  })()
  await orAborted(streaming, signal)
  if (signal.aborted) await within(LETTING_GO_MS, streaming)
  left = true
  await pass(pipeline.end())
  if (last?.type === 'finish') return { outcome: { kind: 'finished', finish: last }, visible, upstreamClosedAt }
  const error: GenerationError = last?.type === 'error' ? last.error : silentProvider()
  return { outcome: { kind: 'failed', error }, visible, upstreamClosedAt }
}

/** What the vendor billed itself stands; nothing is guessed where no price is known or the answer was not counted. */
function withCost(event: UsageEvent, { provider, price }: Asking): UsageEvent {
  const { usage } = event
  if (!price || !provider.kind || usage.costUsd !== undefined || usage.outputTokens === undefined) return event
  return { ...event, usage: { ...usage, costUsd: costOf(usage, price, cachedTokensOf(provider.kind)) } }
}

/** Resolves or rejects like the promise, or resolves when the time is over. */
async function within(milliseconds: number, promise: Promise<void>): Promise<void> {
  const settled = new AbortController()
  await Promise.race([promise, wait(milliseconds, settled.signal)]).finally(() => settled.abort())
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
