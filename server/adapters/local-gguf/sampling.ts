import type { ModelPrompt } from './child-messages.ts'

export interface Sampling {
  temperature: number
  topK: number
  topP: number
  minP: number
}

/**
 * What is sampled with where neither the request nor the model's file says: the likeliest word each time, as the runtime
 * itself does. The rest are llama.cpp's defaults, for a temperature that is asked for.
 */
const UNSAID: Sampling = { temperature: 0, topK: 40, topP: 0.95, minP: 0.05 }

/**
 * The request first, then what the model's makers put into its file (`general.sampling.*`,
 * https://github.com/ggml-org/llama.cpp/pull/17120), then the defaults.
 */
export function samplingOf({ temperature, topP }: ModelPrompt, metadata: unknown): Sampling {
  const said = readSampling(metadata)
  return {
    temperature: temperature ?? said.temp ?? UNSAID.temperature,
    topK: said.top_k ?? UNSAID.topK,
    topP: topP ?? said.top_p ?? UNSAID.topP,
    minP: said.min_p ?? UNSAID.minP,
  }
}

function readSampling(metadata: unknown): { temp?: number; top_k?: number; top_p?: number; min_p?: number } {
  const general = child(metadata, 'general')
  const sampling = child(general, 'sampling')
  const said: Record<string, number> = {}
  for (const name of ['temp', 'top_k', 'top_p', 'min_p']) {
    const value = sampling[name]
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) said[name] = value
  }
  return said
}

function child(value: unknown, name: string): Record<string, unknown> {
  const found: unknown =
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
  return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : {}
}
