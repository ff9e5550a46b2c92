import type { MessagePart } from '#protocol/messages.ts'
import type { BranchMessage } from '#server/domain/generation.ts'
import { ProviderFailure, type ProviderRequest } from '#server/ports/provider.ts'
import { isObject } from '#server/upstream/provider-error.ts'

type Item = Record<string, unknown> & { type: string }
type Attachment = Extract<MessagePart, { fileId: string }>

/**
 * The branch as `input` items. Left out are messages without words, sources, thoughts that the vendor did not encrypt or
 * that nothing follows, and calls without a result: the vendor refuses both of these.
 *
 * Throws a `ProviderFailure` for an attachment that cannot be sent, rather than ask about something that the model never
 * saw.
 */
export function toInput(request: ProviderRequest): Item[] {
  const answered = new Set<string>()
  const called = new Set<string>()
  for (const { parts } of request.messages) {
    for (const part of parts) {
      if (part.type === 'tool-result') answered.add(part.toolCallId)
      if (part.type === 'tool-call') called.add(part.toolCallId)
    }
  }
  const isWhole = (id: string) => answered.has(id) && called.has(id)
  return request.messages.flatMap((message) =>
    message.role === 'assistant' ? toAnswer(message, isWhole) : toPrompt(message, request, isWhole),
  )
}

function toAnswer({ parts }: BranchMessage, isWhole: (toolCallId: string) => boolean): Item[] {
  const items: Item[] = []
  for (const part of parts) {
    const last = items.at(-1)
    const own = ownMetadata(part)
    if (part.type === 'text' || part.type === 'refusal') {
      const content = part.type === 'text' ? outputText(part.text) : { type: 'refusal', refusal: part.text }
      if (part.text === '') continue
      const { phase } = own
      if (last?.type === 'message' && last.phase === phase && Array.isArray(last.content)) last.content.push(content)
      else items.push({ type: 'message', role: 'assistant', content: [content], ...(isText(phase) ? { phase } : {}) })
    }
    if (part.type === 'reasoning' && isText(own.encryptedContent)) items.push(toThought(part, own))
    if (part.type === 'tool-call' && isWhole(part.toolCallId)) items.push(toCall(part))
  }
  return withoutLooseThoughts(items)
}

function outputText(text: string) {
  return { type: 'output_text', text, annotations: [] }
}

function toThought(part: Extract<MessagePart, { type: 'reasoning' }>, own: Record<string, unknown>): Item {
  return {
    type: 'reasoning',
    ...(isText(own.id) ? { id: own.id } : {}),
    summary: part.text === '' ? [] : [{ type: 'summary_text', text: part.text }],
    encrypted_content: own.encryptedContent,
  }
}

function toCall({ toolCallId, name, arguments: args }: Extract<MessagePart, { type: 'tool-call' }>): Item {
  return { type: 'function_call', call_id: toolCallId, name, arguments: args }
}

/** A thought must stand before what came of it. */
function withoutLooseThoughts(items: readonly Item[]): Item[] {
  const end = items.findLastIndex(({ type }) => type !== 'reasoning')
  return items.slice(0, end + 1)
}

function toPrompt(
  { role, parts }: BranchMessage,
  request: ProviderRequest,
  isWhole: (toolCallId: string) => boolean,
): Item[] {
  const items: Item[] = []
  const content: Record<string, unknown>[] = []
  for (const part of parts) {
    if (part.type === 'text' && part.text !== '') content.push({ type: 'input_text', text: part.text })
    if (part.type === 'image' || part.type === 'file') content.push(toAttachment(part, request))
    if (part.type === 'tool-result' && isWhole(part.toolCallId))
      items.push({ type: 'function_call_output', call_id: part.toolCallId, output: part.content })
  }
  if (content.length > 0) items.push({ type: 'message', role: role === 'system' ? 'system' : 'user', content })
  return items
}

function toAttachment(part: Attachment, { files, known, model }: ProviderRequest): Record<string, unknown> {
  const file = files?.get(part.fileId)
  const what = part.type === 'file' ? `the file "${part.name}"` : 'an image'
  if (!file) throw refused(`The conversation contains ${what} that is no longer there.`)
  const data = `data:${file.mediaType};base64,${Buffer.from(file.bytes).toString('base64')}`
  if (part.type === 'file') return { type: 'input_file', filename: part.name, file_data: data }
  if (known?.capabilities?.images === false)
    throw refused(`The model ${model} cannot see images, and the conversation contains one. Choose a model that can.`)
  return { type: 'input_image', image_url: data, detail: 'auto' }
}

function refused(message: string): ProviderFailure {
  return new ProviderFailure({ kind: 'bad-request', message, retryable: false })
}

function ownMetadata({ providerMetadata }: MessagePart): Record<string, unknown> {
  const own = providerMetadata?.['openai-responses']
  return isObject(own) ? own : {}
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
