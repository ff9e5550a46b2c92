import type { MessagePart } from '#protocol/messages.ts'
import type { GenerationParameters } from '#server/domain/generation.ts'
import { ProviderFailure, type ProviderRequest } from '#server/ports/provider.ts'
import type { ChatVendor } from './vendors.ts'

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant'
  content: string
}

/**
 * The body of `POST /chat/completions` for one answer.
 *
 * Messages without text (an answer that failed before its first word) are left out, and neighbours of one role are
 * joined by a blank line: several vendors and chat templates refuse roles that do not alternate. Reasoning, sources and
 * tool calls of earlier answers are not sent. Throws a `ProviderFailure` for an attachment, rather than ask about
 * something that the model never saw.
 */
export function toChatRequest(request: ProviderRequest, vendor: ChatVendor): Record<string, unknown> {
  return {
    model: request.model,
    messages: toChatMessages(request),
    stream: true,
    ...(vendor.asksForUsage ? { stream_options: { include_usage: true } } : {}),
    ...toParameters(request.parameters, vendor),
  }
}

function toChatMessages(request: ProviderRequest): ChatMessage[] {
  const messages: ChatMessage[] = []
  const append = (role: ChatMessage['role'], content: string) => {
    const last = messages.at(-1)
    if (content.trim() === '') return
    if (last?.role === role) last.content += `\n\n${content}`
    else messages.push({ role, content })
  }
  append('system', request.systemPrompt ?? '')
  for (const { role, parts } of request.messages) if (role !== 'tool') append(role, toText(parts))
  return messages
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
  return new ProviderFailure({
    kind: 'bad-request',
    message: `This provider cannot be sent attachments: the conversation contains ${what}.`,
    retryable: false,
  })
}

function toParameters(parameters: GenerationParameters, vendor: ChatVendor): Record<string, unknown> {
  const { temperature, topP, maxOutputTokens, stop, seed, thinking } = parameters
  const fields: Record<string, unknown> = {}
  if (temperature !== undefined) fields.temperature = temperature
  if (topP !== undefined) fields.top_p = topP
  if (maxOutputTokens !== undefined) fields[vendor.tokenLimitParameter] = maxOutputTokens
  if (stop !== undefined && stop.length > 0) fields.stop = stop
  if (seed !== undefined) fields[vendor.seedParameter] = seed
  if (thinking !== undefined && vendor.thinking)
    Object.assign(fields, thinking ? vendor.thinking.on : vendor.thinking.off)
  return fields
}
