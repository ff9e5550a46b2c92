import type { GenerationParameters, ToolDefinition } from '#server/domain/generation.ts'
import type { AnthropicMessage } from './anthropic-messages.ts'
import type { ClaudeModel } from './claude-models.ts'
import type { ThinkingField } from './thinking.ts'

/** The tools, and which of them to call. A forced call does not go together with thoughts of a given length. */
export function toToolFields(
  { tools = [], toolChoice }: GenerationParameters,
  { forcedTools }: ClaudeModel,
  thinking: ThinkingField | undefined,
  messages: readonly AnthropicMessage[],
): { fields: Record<string, unknown>; leftOut: string[] } {
  if (tools.length === 0) return { fields: toolsOfEarlierCalls(messages), leftOut: [] }
  const fields: Record<string, unknown> = { tools: tools.map(toTool) }
  const isForced = toolChoice !== undefined && toolChoice !== 'auto' && toolChoice !== 'none'
  if (isForced && (!forcedTools || thinking?.type === 'enabled')) return { fields, leftOut: ['toolChoice'] }
  if (toolChoice !== undefined) fields.tool_choice = toToolChoice(toolChoice)
  return { fields, leftOut: [] }
}

function toTool({ name, description, parameters }: ToolDefinition): Record<string, unknown> {
  const tool: Record<string, unknown> = { name }
  if (description !== undefined && description !== '') tool.description = description
  tool.input_schema = parameters.type === undefined ? { ...parameters, type: 'object' } : parameters
  return tool
}

function toToolChoice(choice: NonNullable<GenerationParameters['toolChoice']>): Record<string, unknown> {
  if (typeof choice === 'object') return { type: 'tool', name: choice.name }
  return { type: choice === 'required' ? 'any' : choice }
}

/** The API demands that tools which were called are defined, also where none is to be called any more. */
function toolsOfEarlierCalls(messages: readonly AnthropicMessage[]): Record<string, unknown> {
  const names = new Set<string>()
  for (const { content } of messages) for (const block of content) if (block.type === 'tool_use') names.add(block.name)
  if (names.size === 0) return {}
  const tools = Array.from(names, (name) => ({ name, input_schema: { type: 'object' } }))
  return { tools, tool_choice: { type: 'none' } }
}
