import type { GenerationParameters } from '#server/domain/generation.ts'
import type { ClaudeModel } from './claude-models.ts'
import type { ThinkingField } from './thinking.ts'

/** The least top-p that goes together with thinking. */
const MIN_THINKING_TOP_P = 0.95

/**
 * Temperature, top-p and stop sequences. A value of 1 is what a model takes unasked, so that it can be left unsaid; a
 * temperature above 1 the API refuses.
 */
export function toSampling(
  { temperature = 1, topP = 1, stop, seed }: GenerationParameters,
  { sampling }: ClaudeModel,
  thinking: ThinkingField | undefined,
): { fields: Record<string, unknown>; leftOut: string[] } {
  const thinks = thinking !== undefined && thinking.type !== 'disabled'
  const fields: Record<string, unknown> = {}
  const leftOut: string[] = []
  if (temperature !== 1) {
    if (sampling === 'none' || thinks || temperature > 1) leftOut.push('temperature')
    else fields.temperature = temperature
  }
  if (topP !== 1) {
    const isSecond = sampling === 'one' && fields.temperature !== undefined
    if (sampling === 'none' || isSecond || (thinks && topP < MIN_THINKING_TOP_P)) leftOut.push('topP')
    else fields.top_p = topP
  }
  if (seed !== undefined) leftOut.push('seed')
  // The API refuses sequences of blanks alone.
  const sequences = stop?.filter((sequence) => sequence.trim() !== '') ?? []
  if (sequences.length > 0) fields.stop_sequences = sequences
  if (sequences.length < (stop?.length ?? 0)) leftOut.push('stop')
  return { fields, leftOut }
}
