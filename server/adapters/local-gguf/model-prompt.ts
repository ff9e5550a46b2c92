import type { MessagePart } from '#protocol/messages.ts'
import type { BranchMessage } from '#server/domain/generation.ts'
import { ProviderFailure, type ProviderRequest } from '#server/ports/provider.ts'
import type { HistoryItem, HistoryToolCall, ModelPrompt } from './child-messages.ts'
import { toGrammarSchema } from './grammar-schema.ts'

/**
 * What a request asks of a model, and which of its parameters it has no use for.
 *
 * Neighbours of one role are joined by a blank line, because many chat templates refuse roles that do not alternate;
 * thoughts and sources of earlier answers are not told again. Throws a `ProviderFailure` for an attachment, rather than
 * ask about something that the model never saw.
 */
export function toModelPrompt(request: ProviderRequest): { prompt: ModelPrompt; leftOut: string[] } {
  const { temperature, topP, maxOutputTokens, stop, seed } = request.parameters
  const prompt: ModelPrompt = { history: toHistory(request) }
  if (temperature !== undefined) prompt.temperature = temperature
  if (topP !== undefined) prompt.topP = topP
  if (seed !== undefined) prompt.seed = seed
  if (stop !== undefined && stop.length > 0) prompt.stop = stop
  if (maxOutputTokens !== undefined) prompt.maxTokens = maxOutputTokens
  const thoughtTokens = thoughtBudget(request.parameters)
  if (thoughtTokens !== undefined) prompt.thoughtTokens = thoughtTokens
  const schema = answerSchema(request.parameters)
  if (schema) prompt.schema = schema
  return { prompt, leftOut: leftOut(request.parameters) }
}

function answerSchema({ responseFormat }: ProviderRequest['parameters']): Record<string, unknown> | undefined {
  if (responseFormat?.type === 'json') return {}
  return responseFormat?.type === 'json-schema' ? toGrammarSchema(responseFormat.schema) : undefined
}

function thoughtBudget(parameters: ProviderRequest['parameters']): number | undefined {
  const { thinking, reasoningEffort, reasoningBudget } = parameters
  return thinking === false || reasoningEffort === 'none' ? 0 : reasoningBudget
}

/** Calls of tools are not read out of what these models write, and efforts mean nothing to them. */
function leftOut(parameters: ProviderRequest['parameters']): string[] {
  const { tools, toolChoice, thinking, reasoningEffort, reasoningBudget } = parameters
  const names: string[] = []
  if (tools !== undefined && tools.length > 0) names.push('tools')
  if (toolChoice !== undefined && toolChoice !== 'none' && toolChoice !== 'auto') names.push('toolChoice')
  const said = thinking === false || reasoningEffort === 'none' || reasoningBudget !== undefined
  if (reasoningEffort !== undefined && !said) names.push('reasoningEffort')
  if (parameters.responseFormat?.type === 'json-schema' && !answerSchema(parameters)) names.push('responseFormat')
  return names
}

function toHistory({ systemPrompt, messages }: ProviderRequest): HistoryItem[] {
  const results = toolResults(messages)
  const history: HistoryItem[] = []
  if (systemPrompt !== undefined) append(history, 'system', systemPrompt)
  for (const { role, parts } of messages) {
    if (role === 'assistant') appendAnswer(history, parts, results)
    else if (role !== 'tool') append(history, role, toText(parts))
  }
  return history
}

function toolResults(messages: readonly BranchMessage[]): Map<string, string> {
  const results = new Map<string, string>()
  for (const { parts } of messages) {
    for (const part of parts) if (part.type === 'tool-result') results.set(part.toolCallId, part.content)
  }
  return results
}

function append(history: HistoryItem[], type: 'system' | 'user', text: string): void {
  const last = history.at(-1)
  if (text.trim() === '') return
  if (last?.type === type) last.text += `\n\n${text}`
  else history.push({ type, text })
}

function appendAnswer(
  history: HistoryItem[],
  parts: readonly MessagePart[],
  results: ReadonlyMap<string, string>,
): void {
  const response: (string | HistoryToolCall)[] = []
  for (const part of parts) {
    if (part.type === 'tool-call') {
      const { name, toolCallId } = part
      response.push({
        type: 'functionCall',
        name,
        params: parsed(part.arguments),
        result: results.get(toolCallId) ?? '',
      })
    } else {
      const text = toText([part])
      if (text !== '') response.push(text)
    }
  }
  const last = history.at(-1)
  if (response.length === 0) return
  if (last?.type === 'model') last.response.push('\n\n', ...response)
  else history.push({ type: 'model', response })
}

function toText(parts: readonly MessagePart[]): string {
  let text = ''
  for (const part of parts) {
    if (part.type === 'text' || part.type === 'refusal') text += part.text
    if (part.type === 'image' || part.type === 'file') throw attachmentRefused(part)
  }
  return text
}

function attachmentRefused(part: Extract<MessagePart, { fileId: string }>): ProviderFailure {
  const what = part.type === 'file' ? `the file "${part.name}"` : 'an image'
  const message = `A model that runs here from its file reads text alone: the conversation contains ${what}.`
  return new ProviderFailure({ kind: 'bad-request', message, retryable: false })
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}
