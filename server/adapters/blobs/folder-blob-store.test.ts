import { chmod, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { describeBlobStoreContract } from '#server/ports/blob-store.contract.ts'
import { createFolderBlobStore } from './folder-blob-store.ts'

describeBlobStoreContract('folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-blobs-'))
  return {
    blobs: createFolderBlobStore(folder),
    another: () => createFolderBlobStore(folder),
    close: () => rm(folder, { recursive: true, force: true }),
  }
})

describe('blobs in a folder', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-blobs-'))
  })
  afterEach(async () => {
    await chmod(folder, 0o700)
    await rm(folder, { recursive: true, force: true })
  })

  const placeOf = (hash: string) => join(folder, hash.slice(0, 2), hash.slice(2))

  test('leave nothing beside them', async () => {
    const blobs = createFolderBlobStore(folder)
    const hash = await blobs.put(Buffer.from('once'))
    await blobs.put(Buffer.from('once'))
    expect(await readdir(join(folder, hash.slice(0, 2)))).toEqual([hash.slice(2)])
  })

  test('that were cut short on the disk are gone, and are whole again once they are kept anew', async () => {
    const blobs = createFolderBlobStore(folder)
    const bytes = Buffer.from('all of this')
    const hash = await blobs.put(bytes)
    await truncate(placeOf(hash), 3)
    expect(await blobs.get(hash)).toBeUndefined()
    await blobs.put(bytes)
    expect(Buffer.from((await blobs.get(hash))!).toString()).toBe('all of this')
  })

  test('that were changed on the disk are gone, and are right again once they are kept anew', async () => {
    const blobs = createFolderBlobStore(folder)
    const bytes = Buffer.from('all of this')
    const hash = await blobs.put(bytes)
    await writeFile(placeOf(hash), 'all of that')
    expect(await blobs.get(hash)).toBeUndefined()
    await blobs.put(bytes)
    expect(Buffer.from((await blobs.get(hash))!).toString()).toBe('all of this')
  })

  test('that the disk does not take are refused in words', async () => {
    // A file where the folder should be: even who may write everything cannot write below it.
    await writeFile(join(folder, 'blobs'), '')
    const blobs = createFolderBlobStore(join(folder, 'blobs'))
    await expect(blobs.put(Buffer.from('x'))).rejects.toMatchObject({
      code: 'storage-failed',
      message: expect.stringContaining('DATA_DIR') as unknown,
    })
  })
})
