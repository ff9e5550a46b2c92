import type { MessagePart } from '#protocol/messages.ts'
import type { BranchMessage } from '#server/domain/generation.ts'
import { ProviderFailure, type FileContent, type ProviderRequest } from '#server/ports/provider.ts'
import { isObject, parseJson } from '#server/upstream/provider-error.ts'

export interface OllamaMessage {
  role: BranchMessage['role']
  content: string
  /** Base64. */
  images?: string[]
  thinking?: string
  tool_calls?: { id: string; function: { name: string; arguments: Record<string, unknown> } }[]
  tool_name?: string
  tool_call_id?: string
}

/**
 * The conversation as Ollama's chat templates want it. Messages that say nothing (an answer that failed before its first
 * word) are left out, and neighbours of one role joined by a blank line: many templates refuse roles that do not alternate.
 * Thoughts go back with the calls that they led to, as the documentation of tool calling does it, and not otherwise.
 */
export function toOllamaMessages(request: ProviderRequest): OllamaMessage[] {
  const { systemPrompt = '', messages, files } = request
  const takesImages = request.known?.capabilities?.images !== false
  const names = toolNames(messages)
  const converted: OllamaMessage[] = [{ role: 'system', content: systemPrompt }]
  for (const { role, parts } of messages) {
    if (role === 'tool') converted.push(...parts.flatMap((part) => toResult(part, names)))
    else converted.push(toMessage(role, parts, (part) => toImage(part, files, takesImages)))
  }
  return joinNeighbours(converted.filter(saysSomething))
}

type Attachment = Extract<MessagePart, { fileId: string }>

function toMessage(
  role: BranchMessage['role'],
  parts: readonly MessagePart[],
  encode: (part: Attachment) => string,
): OllamaMessage {
  const message: OllamaMessage = { role, content: '' }
  const images: string[] = []
  const calls: NonNullable<OllamaMessage['tool_calls']> = []
  let thinking = ''
  for (const part of parts) {
    if (part.type === 'text' || part.type === 'refusal') message.content += part.text
    if (part.type === 'reasoning') thinking += part.text
    if (part.type === 'image' || part.type === 'file') images.push(encode(part))
    if (part.type === 'tool-call') {
      const args = parseJson(part.arguments)
      calls.push({ id: part.toolCallId, function: { name: part.name, arguments: isObject(args) ? args : {} } })
    }
  }
  if (images.length > 0) message.images = images
  if (calls.length > 0) message.tool_calls = calls
  if (calls.length > 0 && thinking !== '') message.thinking = thinking
  return message
}

/** Refuses an attachment that cannot be sent, rather than ask about something that the model never saw. */
function toImage(part: Attachment, files: ReadonlyMap<string, FileContent> | undefined, takesImages: boolean): string {
  const what = part.type === 'file' ? `the file "${part.name}"` : 'an image'
  const file = files?.get(part.fileId)
  if (!takesImages) throw refused(`This model cannot see images: the conversation contains ${what}.`)
  if (!file) throw refused(`The conversation contains ${what} that is no longer there, so it cannot be sent.`)
  if (!file.mediaType.startsWith('image/'))
    throw refused(`Ollama takes images and no other files: the conversation contains ${what}.`)
  return Buffer.from(file.bytes).toString('base64')
}

function refused(message: string): ProviderFailure {
  return new ProviderFailure({ kind: 'bad-request', message, retryable: false })
}

function toResult(part: MessagePart, names: ReadonlyMap<string, string>): OllamaMessage[] {
  if (part.type !== 'tool-result') return []
  const { toolCallId, content, isError } = part
  const name = names.get(toolCallId)
  const message: OllamaMessage = { role: 'tool', content: isError === true ? `Error: ${content}` : content }
  if (name !== undefined) message.tool_name = name
  return [{ ...message, tool_call_id: toolCallId }]
}

function toolNames(messages: readonly BranchMessage[]): Map<string, string> {
  const names = new Map<string, string>()
  for (const { parts } of messages)
    for (const part of parts) if (part.type === 'tool-call') names.set(part.toolCallId, part.name)
  return names
}

function saysSomething({ role, content, images, tool_calls: calls }: OllamaMessage): boolean {
  return role === 'tool' || content.trim() !== '' || images !== undefined || calls !== undefined
}

function joinNeighbours(messages: readonly OllamaMessage[]): OllamaMessage[] {
  const joined: OllamaMessage[] = []
  for (const message of messages) {
    const last = joined.at(-1)
    const isPlain = message.role !== 'tool' && message.tool_calls === undefined && last?.tool_calls === undefined
    if (!last || last.role !== message.role || !isPlain) {
      joined.push({ ...message })
      continue
    }
    last.content = [last.content, message.content].filter((text) => text !== '').join('\n\n')
    const images = [...(last.images ?? []), ...(message.images ?? [])]
    if (images.length > 0) last.images = images
  }
  return joined
}
