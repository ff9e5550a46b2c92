import type { MessagePart } from '#protocol/messages.ts'
import { ProviderFailure, type ProviderRequest } from '#server/ports/provider.ts'
import { isObject, parseJson } from '#server/upstream/provider-error.ts'
import { answerCalls } from './answer-calls.ts'

export interface AnthropicMessage {
  role: 'user' | 'assistant'
  content: ContentBlock[]
}

/** A block as the API knows it; https://platform.claude.com/docs/en/api/messages */
export type ContentBlock =
  | { type: 'text'; text: string }
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'redacted_thinking'; data: string }
  | { type: 'image'; source: Base64Source }
  | { type: 'document'; source: Base64Source | { type: 'text'; media_type: 'text/plain'; data: string }; title: string }
  | { type: 'tool_use'; id: string; name: string; input: Record<string, unknown> }
  | ToolResult

export interface ToolResult {
  type: 'tool_result'
  tool_use_id: string
  content?: string
  is_error?: true
}

interface Base64Source {
  type: 'base64'
  media_type: string
  data: string
}

const IMAGE_TYPES = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp'])

/**
 * The branch as the API wants it: roles that alternate, no blank text, results right after the calls that they belong to,
 * thoughts only with the signature that they came with, and never as the last of an answer. Throws a `ProviderFailure` for
 * an attachment that cannot be sent, rather than ask about something that the model never saw.
 */
export function toMessages(request: ProviderRequest): AnthropicMessage[] {
  const messages: AnthropicMessage[] = []
  const append = (role: AnthropicMessage['role'], blocks: ContentBlock[]) => {
    const last = messages.at(-1)
    if (blocks.length === 0) return
    if (last?.role === role) last.content.push(...blocks)
    else messages.push({ role, content: blocks })
  }
  for (const { role, parts } of request.messages) {
    if (role === 'system') continue
    const own: ContentBlock[] = []
    const asUser: ContentBlock[] = []
    for (const part of parts) {
      const block = toBlock(part, request)
      if (block) (role === 'assistant' && isOfAssistant(block) ? own : asUser).push(block)
    }
    append('assistant', withoutLastThoughts(own))
    append('user', asUser)
  }
  return withoutBlankEnd(answerCalls(messages))
}

/** The system prompt, and what the conversation itself says as the system: only the newest models take that in its place. */
export function toSystem({ systemPrompt = '', messages }: ProviderRequest): string {
  const texts = [systemPrompt]
  for (const { role, parts } of messages)
    if (role === 'system') texts.push(parts.map((part) => (part.type === 'text' ? part.text : '')).join(''))
  return texts.filter((text) => text.trim() !== '').join('\n\n')
}

export function isThought({ type }: ContentBlock): boolean {
  return type === 'thinking' || type === 'redacted_thinking'
}

function isOfAssistant({ type }: ContentBlock): boolean {
  return type !== 'image' && type !== 'document' && type !== 'tool_result'
}

function toBlock(part: MessagePart, request: ProviderRequest): ContentBlock | undefined {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return part.text.trim() === '' ? undefined : { type: 'text', text: part.text }
    case 'reasoning':
      return toThought(part)
    case 'tool-call':
      return { type: 'tool_use', id: toWord(part.toolCallId), name: toWord(part.name), input: toInput(part.arguments) }
    case 'tool-result':
      return toResult(part)
    case 'image':
      return toImage(part, request)
    case 'file':
      return toDocument(part, request)
    case 'source':
    case 'data':
      return undefined
  }
}

/** Without its signature the API would refuse it. */
function toThought({ text, providerMetadata }: Extract<MessagePart, { type: 'reasoning' }>): ContentBlock | undefined {
  const own = providerMetadata?.anthropic
  if (!isObject(own)) return undefined
  if (typeof own.redactedData === 'string') return { type: 'redacted_thinking', data: own.redactedData }
  return typeof own.signature === 'string' ? { type: 'thinking', thinking: text, signature: own.signature } : undefined
}

/** Ids and names of other vendors may hold what this one refuses; the same word always becomes the same. */
function toWord(text: string): string {
  return text.replaceAll(/[^\w-]/g, '_') || '_'
}

/** The API takes nothing but an object. A model that broke off inside its arguments reads them as they are. */
function toInput(json: string): Record<string, unknown> {
  if (json.trim() === '') return {}
  const value = parseJson(json)
  return isObject(value) ? value : { INVALID_JSON: json }
}

function toResult({ toolCallId, content, isError }: Extract<MessagePart, { type: 'tool-result' }>): ToolResult {
  const result: ToolResult = { type: 'tool_result', tool_use_id: toWord(toolCallId) }
  if (content.trim() !== '') result.content = content
  if (isError === true) result.is_error = true
  return result
}

function toImage(part: Extract<MessagePart, { type: 'image' }>, { files, known }: ProviderRequest): ContentBlock {
  if (known?.capabilities?.images === false) throw refused('This model takes no images.')
  const file = files?.get(part.fileId)
  if (!file) throw refused('An image of this conversation is no longer there.')
  if (!IMAGE_TYPES.has(file.mediaType))
    throw refused(`Claude takes images as JPEG, PNG, GIF or WebP, not as ${file.mediaType}.`)
  return { type: 'image', source: base64(file.mediaType, file.bytes) }
}

function toDocument(part: Extract<MessagePart, { type: 'file' }>, { files }: ProviderRequest): ContentBlock {
  const file = files?.get(part.fileId)
  if (!file) throw refused(`The file "${part.name}" is no longer there.`)
  const { mediaType, bytes } = file
  const title = part.name.slice(0, 500)
  if (mediaType === 'application/pdf') return { type: 'document', source: base64(mediaType, bytes), title }
  if (IMAGE_TYPES.has(mediaType)) return { type: 'image', source: base64(mediaType, bytes) }
  if (!/^text\/|^application\/(json|xml|yaml|x-yaml|toml|javascript)\b/.test(mediaType))
    throw refused(`Claude takes PDF and text files; the file "${part.name}" is ${mediaType}.`)
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  if (data.trim() === '') throw refused(`The file "${part.name}" is empty.`)
  return { type: 'document', source: { type: 'text', media_type: 'text/plain', data }, title }
}

function base64(mediaType: string, bytes: Uint8Array): Base64Source {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
  return { type: 'base64', media_type: mediaType, data }
}

function refused(message: string): ProviderFailure {
  return new ProviderFailure({ kind: 'bad-request', message, retryable: false })
}

/** An answer that was stopped while it thought ends in a thought, which the API refuses. */
function withoutLastThoughts(blocks: ContentBlock[]): ContentBlock[] {
  const last = blocks.findLastIndex((block) => !isThought(block))
  return blocks.slice(0, last + 1)
}

/** Where the last message is an answer to go on with, it must not end in blanks. */
function withoutBlankEnd(messages: AnthropicMessage[]): AnthropicMessage[] {
  const last = messages.at(-1)
  const block = last?.content.at(-1)
  if (last?.role === 'assistant' && block?.type === 'text') block.text = block.text.trimEnd()
  return messages
}
