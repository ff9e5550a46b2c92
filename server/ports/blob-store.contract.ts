import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { BlobStore } from './blob-store.ts'

/** What `BlobStore` promises, as tests. `open` makes a fresh one; `another` the same one, as another process has it. */
export function describeBlobStoreContract(
  name: string,
  open: () => Promise<{ blobs: BlobStore; another(): BlobStore; close(): Promise<void> }>,
): void {
  describe(`blob store contract: ${name}`, () => {
    const withStore = async (use: (opened: Awaited<ReturnType<typeof open>>) => Promise<void>): Promise<void> => {
      const opened = await open()
      try {
        await use(opened)
      } finally {
        await opened.close()
      }
    }

    test('what was kept comes back as it was, in every process', () =>
      withStore(async ({ blobs, another }) => {
        const bytes = randomBytes(100_000)
        const hash = await blobs.put(bytes)
        expect(Buffer.from((await blobs.get(hash))!).equals(bytes)).toBe(true)
        expect(Buffer.from((await another().get(hash))!).equals(bytes)).toBe(true)
      }))

    test('the hash is that of the content, and says nothing else', () =>
      withStore(async ({ blobs }) => {
        const bytes = Buffer.from('the same bytes')
        expect(await blobs.put(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'))
      }))

    test('the same bytes, also at the same time and from several processes, are the same', () =>
      withStore(async ({ blobs, another }) => {
        const bytes = randomBytes(50_000)
        const hashes = await Promise.all([blobs.put(bytes), another().put(bytes), blobs.put(bytes)])
        expect(new Set(hashes).size).toBe(1)
        expect(Buffer.from((await blobs.get(hashes[0]))!).equals(bytes)).toBe(true)
      }))

    test('nothing at all can be kept too', () =>
      withStore(async ({ blobs }) => {
        expect((await blobs.get(await blobs.put(new Uint8Array())))?.length).toBe(0)
      }))

    test('what was never kept is not there, whatever it is called', () =>
      withStore(async ({ blobs }) => {
        for (const hash of ['0'.repeat(64), '', '..', '../../etc/passwd', 'a/b', 'A'.repeat(64)]) {
          expect(await blobs.get(hash)).toBeUndefined()
        }
      }))
  })
}
