import type { GenerationOptions } from '#protocol/api/generation-options.ts'
import type { GenerationParameters } from '#server/domain/generation.ts'
import type { z } from 'zod'

export interface FrozenOptions {
  systemPrompt: string | undefined
  parameters: GenerationParameters
}

/** Splits what the client asked for into the prompt and the parameters, keeping only what was set. */
export function toFrozenOptions(options: z.infer<typeof GenerationOptions> = {}): FrozenOptions {
  const { systemPrompt, ...rest } = options
  const set = Object.entries(rest).filter(([, value]) => value !== undefined)
  return { systemPrompt, parameters: Object.fromEntries(set) as GenerationParameters }
}
