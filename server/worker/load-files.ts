import type { MessagePart } from '#protocol/messages.ts'
import type { BlobStore } from '#server/ports/blob-store.ts'
import { ProviderFailure, type FileContent, type ProviderRequest } from '#server/ports/provider.ts'
import type { Store } from '#server/ports/store.ts'

export interface FileDependencies {
  store: Pick<Store, 'getFiles'>
  blobs: Pick<BlobStore, 'get'>
}

type FilePart = Extract<MessagePart, { fileId: string }>

/** Of all files of one request. In base64 this is what the largest of the vendors take as one body. */
const MAX_TOTAL_BYTES = 48 * 1024 * 1024

/**
 * The bytes of the files that a branch refers to; undefined where it refers to none. One that is gone is left out: its
 * adapter says so. Throws a `ProviderFailure` for images that the model is known not to take, rather than ask about
 * something that it never saw, and for more than any vendor takes at once.
 */
export async function loadFiles(
  { store, blobs }: FileDependencies,
  userId: string,
  { model, messages, known }: Pick<ProviderRequest, 'model' | 'messages' | 'known'>,
): Promise<ReadonlyMap<string, FileContent> | undefined> {
  const parts = messages.flatMap((message) => message.parts.filter((part): part is FilePart => 'fileId' in part))
  if (parts.length === 0) return undefined
  if (known?.capabilities?.images === false && parts.some(({ type }) => type === 'image')) {
    throw refused(`The model ${model} cannot see images, and this conversation contains one. Choose a model that can.`)
  }
  const stored = await store.getFiles(userId, [...new Set(parts.map(({ fileId }) => fileId))])
  // Each part is sent whole, also where several refer to one file.
  const sizes = new Map(stored.map(({ id, bytes }) => [id, bytes]))
  const total = parts.reduce((sum, { fileId }) => sum + (sizes.get(fileId) ?? 0), 0)
  if (total > MAX_TOTAL_BYTES) {
    const limit = `${inMegabytes(total)} MB of files, and ${inMegabytes(MAX_TOTAL_BYTES)} MB can be sent at once`
    throw refused(`This conversation contains ${limit}. Begin a new one, or ask without some of them.`)
  }
  const files = new Map<string, FileContent>()
  for (const { id, hash, mediaType } of stored) {
    const bytes = await blobs.get(hash)
    if (bytes) files.set(id, { mediaType, bytes })
  }
  return files
}

function inMegabytes(bytes: number): number {
  return Math.ceil(bytes / (1024 * 1024))
}

function refused(message: string): ProviderFailure {
  return new ProviderFailure({ kind: 'bad-request', message, retryable: false })
}
