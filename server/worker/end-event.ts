import type { EndEvent, GenerationEvent } from '#protocol/events.ts'
import type { GenerationError } from '#protocol/provider-error.ts'
import type { FinishEvent } from '#server/ports/provider.ts'

/**
 * The terminal event of a generation: how it ended, and when its upstream was closed if it had one. Who cancelled it is
 * for the caller to add.
 */
export function endEvent(
  asked: { upstreamClosedAt: number | undefined } | undefined,
  at: number,
  how: FinishEvent | GenerationError | 'cancelled',
): GenerationEvent {
  const closed = asked?.upstreamClosedAt === undefined ? {} : { upstreamClosedAt: asked.upstreamClosedAt }
  if (how === 'cancelled') return { type: 'end', status: 'cancelled', ...closed, at }
  if ('kind' in how) return { type: 'end', status: 'failed', finishReason: 'error', error: how, ...closed, at }
  const end: EndEvent = { type: 'end', status: 'completed', finishReason: how.reason, ...closed }
  if (how.rawReason !== undefined) end.rawFinishReason = how.rawReason
  if (how.detail !== undefined) end.finishDetail = how.detail
  return { ...end, at }
}

/** Three workers were lost over one generation. */
export function workerLost(): GenerationError {
  return { kind: 'worker-lost', message: '', retryable: true }
}
