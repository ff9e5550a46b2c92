import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { MillraceError } from '#server/domain/errors.ts'
import type { BlobStore } from '#server/ports/blob-store.ts'

const HASH = /^[0-9a-f]{64}$/

/**
 * Blobs as files of one local folder, `ab/cdef…` by their SHA-256. Each is written beside its place, brought to the disk and
 * renamed into it, so that under its name there is never half of it; then the folder is brought to the disk too.
 */
export function createFolderBlobStore(folder: string): BlobStore {
  const placeOf = (hash: string): string => join(folder, hash.slice(0, 2), hash.slice(2))

  return {
    async put(bytes) {
      const hash = hashOf(bytes)
      const place = placeOf(hash)
      try {
        if (!(await isThere(place, bytes))) await write(place, bytes)
        // Also when it was there: whoever wrote it may not have got this far yet.
        await syncFolder(dirname(place))
        await syncFolder(folder)
      } catch (error) {
        throw storageFailure(error)
      }
      return hash
    },

    async get(hash) {
      if (!HASH.test(hash)) return undefined
      const bytes = await readFile(placeOf(hash)).catch(absent)
      return bytes && hashOf(bytes) === hash ? bytes : undefined
    },
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Whole and undamaged: what the disk has spoilt is mended by sending it again. */
async function isThere(place: string, bytes: Uint8Array): Promise<boolean> {
  if ((await stat(place).catch(absent))?.size !== bytes.length) return false
  return (await readFile(place).catch(absent))?.equals(bytes) ?? false
}

async function write(place: string, bytes: Uint8Array): Promise<void> {
  const made = await mkdir(dirname(place), { recursive: true, mode: 0o700 })
  // Of the very first file the folder of all of them is new too.
  if (made !== undefined) await syncFolder(dirname(made))
  const beside = `${place}.${randomUUID()}`
  try {
    const file = await open(beside, 'wx', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(beside, place)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
}

/** A name is on the disk only once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

function storageFailure(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === undefined) return error
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const message = 'The disk that holds DATA_DIR is full. Free some space, and send the file again.'
    return new MillraceError('storage-full', message, { cause: error })
  }
  const message = `The folder for files in DATA_DIR cannot be written (${code}). Mend that, and send the file again.`
  return new MillraceError('storage-failed', message, { cause: error })
}
