import { RequestError } from '#server/domain/errors.ts'
import type { StoredFile } from '#server/domain/stored-file.ts'
import type { BlobStore } from '#server/ports/blob-store.ts'
import type { Store } from '#server/ports/store.ts'

/** A user's own file with its bytes. Throws `unknown-file`, also where the disk has lost them. */
export async function readFile(
  { store, blobs }: { store: Pick<Store, 'getFiles'>; blobs: Pick<BlobStore, 'get'> },
  { userId, id }: { userId: string; id: string },
): Promise<{ file: StoredFile; content: Uint8Array }> {
  const [file] = await store.getFiles(userId, [id])
  if (!file) throw new RequestError('unknown-file', 'There is no such file.')
  const content = await blobs.get(file.hash)
  if (!content)
    throw new RequestError('unknown-file', 'The bytes of this file are no longer on the disk. Send it again.')
  return { file, content }
}
