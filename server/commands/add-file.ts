import type { FileView } from '#protocol/api/files.ts'
import { RequestError } from '#server/domain/errors.ts'
import { FILE_TYPES, fileTypeOf } from '#server/domain/file-type.ts'
import type { StoredFile } from '#server/domain/stored-file.ts'
import type { BlobStore } from '#server/ports/blob-store.ts'
import type { Clock } from '#server/ports/clock.ts'
import type { Store } from '#server/ports/store.ts'

export interface FileInput {
  userId: string
  bytes: Uint8Array
  /** What the sender calls it; undefined where they leave it to the bytes. */
  declaredType: string | undefined
  name: string | undefined
}

/** Keeps a file for this user. Throws `unsupported-file` for what models are not sent, or what is not what it is called. */
export async function addFile(
  { store, blobs, clock }: { store: Pick<Store, 'addFile'>; blobs: Pick<BlobStore, 'put'>; clock: Clock },
  { userId, bytes, declaredType, name }: FileInput,
): Promise<FileView> {
  const mediaType = fileTypeOf(bytes)
  if (bytes.length === 0) throw new RequestError('unsupported-file', 'The file is empty: send its bytes as the body.')
  if (!mediaType) {
    const detail = `By its first bytes this is none of ${FILE_TYPES.join(', ')}: other files are not taken.`
    throw new RequestError('unsupported-file', detail)
  }
  if (declaredType !== undefined && declaredType !== mediaType) {
    const detail = `This was sent as ${declaredType.slice(0, 100)}, but by its first bytes it is ${mediaType}.`
    throw new RequestError('unsupported-file', detail, { mediaType })
  }
  // The bytes first: a row that is there has them.
  const hash = await blobs.put(bytes)
  const [id, createdAt] = [clock.newId(), clock.now()]
  const file = { id, userId, hash, mediaType, bytes: bytes.length, name: name ?? defaultName(mediaType), createdAt }
  return toFileView(await store.addFile(file))
}

function toFileView({ id, mediaType, bytes, name }: StoredFile): FileView {
  return { id, mediaType, bytes, name }
}

function defaultName(mediaType: string): string {
  const [kind = 'file', ending = ''] = mediaType.split('/')
  return `${kind === 'image' ? 'image' : 'document'}.${ending}`
}
