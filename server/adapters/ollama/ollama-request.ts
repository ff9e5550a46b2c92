import type { ReasoningEffort } from '#protocol/messages.ts'
import type { GenerationParameters, ResponseFormat, ToolDefinition } from '#server/domain/generation.ts'
import type { ProviderRequest } from '#server/ports/provider.ts'
import { toOllamaMessages } from './ollama-messages.ts'

export interface OllamaRequest {
  body: Record<string, unknown>
  /** Parameters of the API that Ollama, or this model, does not take. */
  leftOut: string[]
}

/**
 * The body of `POST /api/chat` for one answer (https://docs.ollama.com/api/chat). Throws a `ProviderFailure` for an
 * attachment that cannot be sent.
 *
 * The size of the context (`num_ctx`) is left to the server: another one than it has loaded would load the model anew, and
 * a large one may not fit its memory. But it must not drop the beginning of a conversation without a word: what is too long
 * is an error (`truncate`), and an answer that meets the end of the context ends there (`shift`).
 */
export function toOllamaRequest(request: ProviderRequest): OllamaRequest {
  const { parameters, known } = request
  const leftOut: string[] = []
  const body: Record<string, unknown> = {
    model: request.model,
    messages: toOllamaMessages(request),
    stream: true,
    truncate: false,
    shift: false,
  }
  const think = toThink(parameters)
  if (think !== undefined && known?.capabilities?.reasoning !== false) body.think = think
  else if (think !== undefined && think !== false) leftOut.push(...wishesToThink(parameters))
  const tools = toTools(parameters, known, leftOut)
  if (tools) body.tools = tools
  const format = toFormat(parameters.responseFormat)
  if (format !== undefined) body.format = format
  const options = toOptions(parameters)
  if (Object.keys(options).length > 0) body.options = options
  return { body, leftOut }
}

/** On, off, or a level by name; models that know no levels take one for `true`. */
function toThink({ thinking, reasoningEffort, reasoningBudget }: GenerationParameters): boolean | string | undefined {
  if (thinking === false) return false
  if (reasoningEffort !== undefined) return LEVELS[reasoningEffort]
  if (reasoningBudget !== undefined) return levelOfBudget(reasoningBudget)
  return thinking
}

const LEVELS: Record<ReasoningEffort, false | 'low' | 'medium' | 'high'> = {
  none: false,
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  max: 'high',
}

function levelOfBudget(tokens: number): 'low' | 'medium' | 'high' {
  if (tokens < 4_096) return 'low'
  return tokens < 16_384 ? 'medium' : 'high'
}

function wishesToThink({ thinking, reasoningEffort, reasoningBudget }: GenerationParameters): string[] {
  const names: string[] = []
  if (thinking === true) names.push('thinking')
  if (reasoningEffort !== undefined) names.push('reasoningEffort')
  if (reasoningBudget !== undefined) names.push('reasoningBudget')
  return names
}

/** Models without tools refuse a request that has some. No model can be made to call one. */
function toTools(
  { tools = [], toolChoice = 'auto' }: GenerationParameters,
  known: ProviderRequest['known'],
  leftOut: string[],
): object[] | undefined {
  if (tools.length === 0 || toolChoice === 'none') return undefined
  if (known?.capabilities?.tools === false) leftOut.push('tools')
  if (toolChoice !== 'auto') leftOut.push('toolChoice')
  return leftOut.includes('tools') ? undefined : tools.map(toTool)
}

function toTool({ name, description, parameters }: ToolDefinition) {
  return { type: 'function', function: { name, ...(description === undefined ? {} : { description }), parameters } }
}

function toFormat(format: ResponseFormat | undefined): 'json' | Record<string, unknown> | undefined {
  if (format?.type === 'json') return 'json'
  return format?.type === 'json-schema' ? format.schema : undefined
}

function toOptions({
  temperature,
  topP,
  maxOutputTokens,
  stop = [],
  seed,
}: GenerationParameters): Record<string, unknown> {
  const options: Record<string, unknown> = {}
  if (temperature !== undefined) options.temperature = temperature
  if (topP !== undefined) options.top_p = topP
  if (maxOutputTokens !== undefined) options.num_predict = maxOutputTokens
  if (stop.length > 0) options.stop = stop
  if (seed !== undefined) options.seed = seed
  return options
}
