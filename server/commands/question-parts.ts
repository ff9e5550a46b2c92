import type { SendMessage } from '#protocol/api/messages.ts'
import type { MessagePart, QuestionPart } from '#protocol/messages.ts'
import { RequestError } from '#server/domain/errors.ts'
import { isImage } from '#server/domain/file-type.ts'
import type { StoredFile } from '#server/domain/stored-file.ts'
import type { Store } from '#server/ports/store.ts'

type SentPart = SendMessage['parts'][number]

interface PartDependencies {
  store: Pick<Store, 'getFiles'>
  settings: { limits: { maxMessageCharacters: number } }
}

/**
 * What a message is kept as: with what is known of the files that it names. Throws `empty-message`, `message-too-long`, or
 * `unknown-attachment` for a file that is not this user's or is not what its part says.
 */
export async function toQuestionParts(
  { store, settings }: PartDependencies,
  userId: string,
  parts: readonly SentPart[],
): Promise<QuestionPart[]> {
  checkText(parts, settings.limits.maxMessageCharacters)
  const ids = parts.flatMap((part) => ('fileId' in part ? [part.fileId] : []))
  const files = new Map<string, StoredFile>()
  for (const file of ids.length > 0 ? await store.getFiles(userId, [...new Set(ids)]) : []) files.set(file.id, file)
  return parts.map((part) => {
    if ('fileId' in part) return withFile(part, files.get(part.fileId))
    if (part.type === 'text') return part
    const { isError, ...result } = part
    return isError === undefined ? result : { ...result, isError }
  })
}

export function hasToolResults(parts: readonly MessagePart[]): boolean {
  return parts.some(({ type }) => type === 'tool-result')
}

function checkText(parts: readonly SentPart[], maxCharacters: number): void {
  const characters = parts.reduce((sum, part) => sum + textOf(part).length, 0)
  if (parts.every((part) => part.type === 'text' && part.text.trim() === '')) {
    throw new RequestError('empty-message', 'Write something first: the message holds no text.')
  }
  if (characters > maxCharacters) {
    const detail = `The message has ${characters} characters; at most ${maxCharacters} can be sent at once.`
    throw new RequestError('message-too-long', detail, { characters, limit: maxCharacters })
  }
}

function textOf(part: SentPart): string {
  if (part.type === 'text') return part.text
  return part.type === 'tool-result' ? part.content : ''
}

function withFile(part: Extract<SentPart, { fileId: string }>, file: StoredFile | undefined): QuestionPart {
  const { fileId } = part
  if (!file) throw notSent(`There is no file "${fileId}". Send it first, with POST /api/v1/files.`, fileId)
  const { mediaType } = file
  if (part.type === 'file') {
    if (isImage(mediaType)) throw notSent(`The file "${fileId}" is an image: send it as an image part.`, fileId)
    return { type: 'file', fileId, mediaType, name: part.name ?? file.name }
  }
  if (!isImage(mediaType)) {
    throw notSent(`The file "${fileId}" is no image, but ${mediaType}: send it as a file part.`, fileId)
  }
  if (part.mediaType !== undefined && part.mediaType !== mediaType) {
    throw notSent(`The file "${fileId}" is ${mediaType}, not ${part.mediaType.slice(0, 100)}.`, fileId)
  }
  return { type: 'image', fileId, mediaType, ...(part.alt !== undefined && { alt: part.alt }) }
}

function notSent(detail: string, fileId: string): RequestError {
  return new RequestError('unknown-attachment', detail, { fileId })
}
