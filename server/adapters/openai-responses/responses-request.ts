import type { GenerationParameters, ResponseFormat, ToolDefinition } from '#server/domain/generation.ts'
import type { ProviderRequest } from '#server/ports/provider.ts'
import { createHash } from 'node:crypto'
import { toInput } from './responses-input.ts'
import { reasoningFacts, type Effort, type ReasoningFacts } from './responses-models.ts'

export interface ResponsesRequest {
  body: Record<string, unknown>
  leftOut: string[]
}

/**
 * The body of `POST /responses` for one answer. Nothing is kept at the vendor but what background mode needs; thoughts travel
 * encrypted instead. An input that is too long fails, rather than lose its middle unseen (`truncation`).
 *
 * Format: OpenAI API reference, "Responses", "Create a model response".
 */
export function toResponsesRequest(
  request: ProviderRequest,
  { background }: { background: boolean },
): ResponsesRequest {
  const { fields, leftOut } = toParameters(request)
  const body: Record<string, unknown> = {
    model: request.model,
    input: toInput(request),
    stream: true,
    store: background,
    include: ['reasoning.encrypted_content'],
    truncation: 'disabled',
    ...fields,
  }
  if (request.systemPrompt !== undefined && request.systemPrompt.trim() !== '') body.instructions = request.systemPrompt
  if (background) body.background = true
  if (request.parameters.cachePrompt === true) body.prompt_cache_key = cacheKey(request)
  return { body, leftOut }
}

/** What of the parameters the vendor or the model does not take. */
export function leftOutOf(request: ProviderRequest): string[] {
  return toParameters(request).leftOut
}

function toParameters({ model, parameters, known }: ProviderRequest): {
  fields: Record<string, unknown>
  leftOut: string[]
} {
  const { maxOutputTokens, responseFormat, tools, toolChoice } = parameters
  const leftOut: string[] = []
  const fields: Record<string, unknown> = {}
  const facts = reasoningFacts(model, known?.capabilities)
  const reasoning = toReasoning(parameters, facts, leftOut)
  if (reasoning) fields.reasoning = reasoning
  addSampling(parameters, facts, reasoning?.effort, fields, leftOut)
  if (maxOutputTokens !== undefined) fields.max_output_tokens = maxOutputTokens
  if (parameters.stop !== undefined && parameters.stop.length > 0) leftOut.push('stop')
  if (parameters.seed !== undefined) leftOut.push('seed')
  if (responseFormat !== undefined && responseFormat.type !== 'text') fields.text = { format: toFormat(responseFormat) }
  if (tools !== undefined && tools.length > 0) {
    fields.tools = tools.map(toTool)
    if (toolChoice !== undefined)
      fields.tool_choice = typeof toolChoice === 'string' ? toolChoice : { type: 'function', name: toolChoice.name }
  }
  return { fields, leftOut }
}

function addSampling(
  { temperature, topP }: GenerationParameters,
  { reasons, samplesWithoutThinking }: ReasoningFacts,
  effort: Effort | undefined,
  fields: Record<string, unknown>,
  leftOut: string[],
): void {
  const taken = reasons !== true || (samplesWithoutThinking && effort === 'none')
  if (temperature !== undefined && taken) fields.temperature = temperature
  if (topP !== undefined && taken) fields.top_p = topP
  if (taken) return
  if (temperature !== undefined) leftOut.push('temperature')
  if (topP !== undefined) leftOut.push('topP')
}

interface Reasoning {
  effort?: Effort
  summary?: 'auto'
}

function toReasoning(
  { thinking, reasoningEffort, reasoningBudget }: GenerationParameters,
  { reasons, efforts }: ReasoningFacts,
  leftOut: string[],
): Reasoning | undefined {
  const wanted = thinking === false ? 'none' : reasoningEffort
  const said = thinking === false ? 'thinking' : 'reasoningEffort'
  if (reasoningBudget !== undefined && (reasoningEffort === undefined || reasons === false))
    leftOut.push('reasoningBudget')
  if (reasons === false) {
    if (reasoningEffort !== undefined && reasoningEffort !== 'none') leftOut.push('reasoningEffort')
    if (thinking === true) leftOut.push('thinking')
    return undefined
  }
  const effort = wanted === undefined ? undefined : nearest(wanted, efforts)
  // The least that there is comes near; but it is thinking still.
  if (wanted === 'none' && effort !== 'none') leftOut.push(said)
  // A server that nothing is known of is asked only for what a person asked for.
  if (reasons === undefined && thinking !== true && effort === undefined) return undefined
  const reasoning: Reasoning = effort === 'none' ? {} : { summary: 'auto' }
  return effort === undefined ? reasoning : { effort, ...reasoning }
}

const LADDER: readonly Effort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']

/** The effort itself where the model knows it, else the next one to it, rather less than more; `max` is the model's most. */
function nearest(wanted: Effort, efforts: readonly Effort[]): Effort {
  if (wanted === 'max') return efforts.at(-1) ?? 'high'
  const place = LADDER.indexOf(wanted)
  return efforts.findLast((effort) => LADDER.indexOf(effort) <= place) ?? efforts[0] ?? wanted
}

function toFormat(format: Exclude<ResponseFormat, { type: 'text' }>): Record<string, unknown> {
  if (format.type === 'json') return { type: 'json_object' }
  const { name, schema, strict } = format
  return { type: 'json_schema', name, schema, ...(strict === undefined ? {} : { strict }) }
}

/** Unless told otherwise, the vendor makes schemas strict, and refuses those that cannot be. */
function toTool({ name, description, parameters }: ToolDefinition): Record<string, unknown> {
  return { type: 'function', name, ...(description === undefined ? {} : { description }), parameters, strict: false }
}

/** The same for all turns of a conversation: prompts with one key are led to one cache. */
function cacheKey({ model, systemPrompt, messages }: ProviderRequest): string {
  const start = JSON.stringify([model, systemPrompt, messages.slice(0, 1)])
  return createHash('sha256').update(start).digest('hex').slice(0, 32)
}
