import type { Sequence, Token } from './llama-runtime.ts'

/** A stop during a long prompt is noticed about so soon. */
const STEP_MS = 150
const FIRST_STEP = 32
const LARGEST_STEP = 512

/**
 * Has the model read a prompt up to its last token, step by step: asked for an answer, the runtime reads it all in one go
 * and hears nothing meanwhile. What it read for the answer before is not read again.
 */
export async function prefill(sequence: Sequence, tokens: readonly Token[], signal: AbortSignal): Promise<void> {
  const upTo = tokens.length - 1
  await sequence.adaptStateToTokens(tokens.slice(0, upTo), false)
  let step = FIRST_STEP
  let next = sequence.nextTokenIndex
  while (next < upTo && !signal.aborted) {
    const startedAt = performance.now()
    const part = tokens.slice(next, Math.min(next + step, upTo))
    await sequence.evaluateWithoutGeneratingNewTokens(part)
    next += part.length
    step = nextStep(part.length, performance.now() - startedAt)
  }
}

function nextStep(step: number, tookMs: number): number {
  return Math.max(1, Math.min(LARGEST_STEP, step * 2, Math.floor((step * STEP_MS) / Math.max(1, tookMs))))
}
