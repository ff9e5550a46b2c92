import type { GenerationParameters } from '#server/domain/generation.ts'
import type { ProviderRequest } from '#server/ports/provider.ts'
import { isThought, toMessages, toSystem, type AnthropicMessage } from './anthropic-messages.ts'
import { claudeModel, type ClaudeModel } from './claude-models.ts'
import { closedSchema } from './closed-schema.ts'
import { toSampling } from './sampling.ts'
import { toThinking, type Thinking } from './thinking.ts'
import { toToolFields } from './tools.ts'

export interface AnthropicRequest {
  body: Record<string, unknown>
  /** Values of the header `anthropic-beta`. */
  betas: string[]
  leftOut: string[]
}

/** Lets a thought that no longer fits its conversation be dropped, where an edited prompt would be refused otherwise. */
const BINDING_BETA = 'thinking-binding-controls-2026-08-01'

/**
 * What is sent to `POST /messages` for one answer; https://platform.claude.com/docs/en/api/messages. Throws a
 * `ProviderFailure` for what cannot be sent at all.
 */
export function toAnthropicRequest(request: ProviderRequest): AnthropicRequest {
  const { parameters, known } = request
  const model = modelOf(request)
  const maxTokens = maxTokensFor(parameters, model, known?.maxOutputTokens ?? undefined)
  const branch = toMessages(request)
  const thinking = toThinking(parameters, model, maxTokens, canBeginToThink(branch))
  const messages = thinksWith(thinking, model) ? branch : withoutThoughts(branch)
  const betas = allowDroppedThoughts(thinking, model, messages)
  const sampling = toSampling(parameters, model, thinking.field)
  const tools = toToolFields(parameters, model, thinking.field, messages)
  const output = toOutputConfig(parameters, model, thinking)
  const system = toSystem(request)
  const body: Record<string, unknown> = { model: request.model, max_tokens: maxTokens, stream: true }
  if (parameters.cachePrompt === true) body.cache_control = { type: 'ephemeral' }
  if (system !== '') body.system = system
  body.messages = messages
  if (thinking.field) body.thinking = thinking.field
  Object.assign(body, output.fields, sampling.fields, tools.fields)
  const leftOut = [...thinking.leftOut, ...output.leftOut, ...sampling.leftOut, ...tools.leftOut]
  return { body, betas, leftOut }
}

/** What the name says of the model; what the vendor's list says of it counts more. */
function modelOf({ model, known }: ProviderRequest): ClaudeModel {
  const described = { ...claudeModel(model) }
  const { reasoning, jsonSchema } = known?.capabilities ?? {}
  if (reasoning === false) described.thinking = 'none'
  if (jsonSchema !== undefined) described.jsonSchema = jsonSchema
  return described
}

/** More than the model can write would be refused. */
function maxTokensFor(
  { maxOutputTokens }: GenerationParameters,
  { defaultMaxTokens }: ClaudeModel,
  most: number | undefined,
): number {
  const wanted = maxOutputTokens ?? most ?? defaultMaxTokens
  return most === undefined ? wanted : Math.min(wanted, most)
}

/** Older models refuse to think on in the middle of tool calls that were made without a thought, or in an answer begun. */
function canBeginToThink(messages: readonly AnthropicMessage[]): boolean {
  const last = messages.at(-1)
  if (last?.role === 'assistant') return false
  if (last?.content[0]?.type !== 'tool_result') return true
  const first = messages.at(-2)?.content[0]
  return first !== undefined && isThought(first)
}

/** Thoughts of earlier answers are for a model that thinks now. */
function thinksWith({ field }: Thinking, { thinking, thinksUnasked }: ClaudeModel): boolean {
  if (thinking === 'none') return false
  return field ? field.type !== 'disabled' : thinksUnasked
}

function withoutThoughts(messages: readonly AnthropicMessage[]): AnthropicMessage[] {
  return messages.map(({ role, content }) => ({ role, content: content.filter((block) => !isThought(block)) }))
}

function allowDroppedThoughts(
  { field }: Thinking,
  { bindsThoughts }: ClaudeModel,
  messages: readonly AnthropicMessage[],
): string[] {
  if (field?.type !== 'adaptive' || !bindsThoughts) return []
  if (!messages.some(({ content }) => content.some(isThought))) return []
  field.block_binding = { prefix_mismatch_behavior: 'drop_block' }
  return [BINDING_BETA]
}

interface Fields {
  fields: Record<string, unknown>
  leftOut: string[]
}

/** Any JSON cannot be asked for, only JSON of a schema. */
function toOutputConfig({ responseFormat }: GenerationParameters, model: ClaudeModel, { effort }: Thinking): Fields {
  const config: Record<string, unknown> = effort === undefined ? {} : { effort }
  const takesFormat = responseFormat?.type === 'json-schema' && model.jsonSchema
  if (takesFormat) config.format = { type: 'json_schema', schema: closedSchema(responseFormat.schema) }
  const isLeftOut = responseFormat !== undefined && responseFormat.type !== 'text' && !takesFormat
  const fields = Object.keys(config).length > 0 ? { output_config: config } : {}
  return { fields, leftOut: isLeftOut ? ['responseFormat'] : [] }
}
