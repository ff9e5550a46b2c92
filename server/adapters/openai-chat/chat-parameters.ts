import type { GenerationParameters, ResponseFormat, ToolDefinition } from '#server/domain/generation.ts'
import type { ModelCapabilities } from '#server/domain/model-facts.ts'
import type { ChatRules, ParameterName } from './chat-rules.ts'
import { reasoningFields, type ReasoningRequest } from './reasoning-terms.ts'

export interface ChatParameters {
  fields: Record<string, unknown>
  leftOut: ParameterName[]
}

/** The parameters that were set, under the vendor's names, and those that it does not take. */
export function toChatParameters(
  wanted: GenerationParameters,
  rules: ChatRules,
  capabilities: ModelCapabilities = {},
): ChatParameters {
  const tools = toTools(wanted, rules, capabilities)
  const reasoning = toReasoning(wanted, rules, capabilities, 'tools' in tools.fields)
  const sampling = toSampling(wanted, rules, reasoning.isOff)
  const format = toResponseFormat(wanted.responseFormat, rules, capabilities)
  const all = [sampling, reasoning, format, tools]
  return {
    fields: Object.assign({}, ...all.map(({ fields }) => fields)) as Record<string, unknown>,
    leftOut: all.flatMap(({ leftOut }) => leftOut),
  }
}

function toSampling(wanted: GenerationParameters, rules: ChatRules, isThinkingOff: boolean): ChatParameters {
  const { temperature, topP, maxOutputTokens, stop, seed } = wanted
  const refused = new Set([...rules.refuses, ...(isThinkingOff ? [] : rules.refusesThinking)])
  const leftOut: ParameterName[] = []
  const fields: Record<string, unknown> = {}
  const set = (parameter: ParameterName, field: string, value: unknown) => {
    if (value === undefined) return
    if (refused.has(parameter)) leftOut.push(parameter)
    else fields[field] = value
  }
  set('temperature', 'temperature', temperature)
  set('topP', 'top_p', topP)
  set('maxOutputTokens', rules.tokenLimitParameter, maxOutputTokens)
  set('stop', 'stop', stop?.length ? stop.slice(0, rules.maxStops) : undefined)
  set('seed', rules.seedParameter, seed)
  if (stop && stop.length > rules.maxStops && !refused.has('stop')) leftOut.push('stop')
  return { fields, leftOut }
}

function toReasoning(
  wanted: GenerationParameters,
  rules: ChatRules,
  capabilities: ModelCapabilities,
  withTools: boolean,
): ReasoningRequest {
  const { thinking, reasoningEffort, reasoningBudget } = wanted
  const isOffAnyhow = withTools && rules.toolsForbidThinking
  const terms = capabilities.reasoning === false ? {} : rules.reasoning
  if (!isOffAnyhow) return reasoningFields(wanted, terms)
  const leftOut: ParameterName[] = []
  if (thinking === true) leftOut.push('thinking')
  if (reasoningEffort !== undefined && reasoningEffort !== 'none') leftOut.push('reasoningEffort')
  if (reasoningBudget !== undefined) leftOut.push('reasoningBudget')
  return { ...reasoningFields({ thinking: false }, terms), leftOut }
}

function toResponseFormat(
  format: ResponseFormat | undefined,
  { responseFormats }: ChatRules,
  capabilities: ModelCapabilities,
): ChatParameters {
  if (format === undefined || format.type === 'text') return { fields: {}, leftOut: [] }
  const knowsSchema = responseFormats.includes('json-schema') && capabilities.jsonSchema !== false
  if (format.type === 'json-schema' && knowsSchema) {
    const { name, schema, strict } = format
    const json_schema = { name, schema, ...(strict === undefined ? {} : { strict }) }
    return { fields: { response_format: { type: 'json_schema', json_schema } }, leftOut: [] }
  }
  // Some JSON is nearer to what was asked than prose, but the schema was not sent.
  const leftOut: ParameterName[] = format.type === 'json-schema' ? ['responseFormat'] : []
  if (responseFormats.includes('json')) return { fields: { response_format: { type: 'json_object' } }, leftOut }
  return { fields: {}, leftOut: ['responseFormat'] }
}

function toTools(wanted: GenerationParameters, rules: ChatRules, capabilities: ModelCapabilities): ChatParameters {
  const { tools = [], toolChoice } = wanted
  const none: ChatParameters = { fields: {}, leftOut: [] }
  if (tools.length === 0) return none
  if (rules.refuses.includes('tools') || capabilities.tools === false)
    return { fields: {}, leftOut: toolChoice === undefined ? ['tools'] : ['tools', 'toolChoice'] }
  const offer = (offered: readonly ToolDefinition[], choice?: unknown, leftOut: ParameterName[] = []) => ({
    fields: {
      tools: offered.map(toFunction),
      ...(choice === undefined ? {} : { tool_choice: choice }),
      ...rules.withTools,
    },
    leftOut,
  })
  if (toolChoice === undefined || toolChoice === 'auto') return offer(tools, toolChoice)
  if (typeof toolChoice === 'string') {
    if (rules.toolChoices.includes(toolChoice)) return offer(tools, toolChoice)
    // Who is offered no tool calls none.
    return toolChoice === 'none' ? none : offer(tools, undefined, ['toolChoice'])
  }
  const { name } = toolChoice
  if (rules.toolChoices.includes('name')) return offer(tools, { type: 'function', function: { name } })
  const named = tools.filter((tool) => tool.name === name)
  if (named.length > 0 && rules.toolChoices.includes('required')) return offer(named, 'required')
  return offer(tools, undefined, ['toolChoice'])
}

function toFunction({ name, description, parameters }: ToolDefinition) {
  return { type: 'function', function: { name, ...(description === undefined ? {} : { description }), parameters } }
}
