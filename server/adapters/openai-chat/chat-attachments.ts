import type { MessagePart } from '#protocol/messages.ts'
import { ProviderFailure, type FileContent, type ProviderRequest } from '#server/ports/provider.ts'
import type { ChatRules } from './chat-rules.ts'

export type ContentPart = { type: string } & Record<string, unknown>

type Attachment = Extract<MessagePart, { fileId: string }>

/**
 * An image or a document as a content part that holds its bytes. Throws a `ProviderFailure` for what cannot be sent, rather
 * than ask about something that the model never saw.
 */
export function toAttachment(part: Attachment, request: ProviderRequest, rules: ChatRules): ContentPart {
  const content = request.files?.get(part.fileId)
  const isImage = (content?.mediaType ?? part.mediaType).startsWith('image/')
  if (isImage && (!rules.images || request.known?.capabilities?.images === false))
    throw refused(`The model ${request.model} cannot be sent images, and the conversation contains one.`)
  if (!content) throw refused(`${nameOf(part)} that the conversation contains is no longer there.`)
  if (isImage) return { type: 'image_url', image_url: { url: dataUrl(content) } }
  if (content.mediaType === 'application/pdf' && rules.document !== undefined)
    return toDocument(rules.document, part, content)
  const kinds = rules.document === undefined ? 'files' : 'files of this type'
  throw refused(`This provider cannot be sent ${kinds}: the conversation contains ${nameOf(part)}.`)
}

function toDocument(type: NonNullable<ChatRules['document']>, part: Attachment, content: FileContent): ContentPart {
  const name = part.type === 'file' ? part.name : 'document.pdf'
  if (type === 'document_url') return { type, document_url: dataUrl(content), document_name: name }
  // Perplexity wants the bytes without the prefix of a data URL.
  if (type === 'file_url') return { type, file_url: { url: base64(content) }, file_name: name }
  return { type, file: { filename: name, file_data: dataUrl(content) } }
}

function nameOf(part: Attachment): string {
  return part.type === 'file' ? `the file "${part.name}"` : 'an image'
}

function refused(message: string): ProviderFailure {
  const words = message.slice(0, 1).toUpperCase() + message.slice(1)
  return new ProviderFailure({ kind: 'bad-request', message: words, retryable: false })
}

function dataUrl(content: FileContent): string {
  return `data:${content.mediaType};base64,${base64(content)}`
}

function base64({ bytes }: FileContent): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
