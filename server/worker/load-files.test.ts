import { expect, test } from 'vitest'
import type { MessagePart } from '#protocol/messages.ts'
import type { StoredFile } from '#server/domain/stored-file.ts'
import type { ProviderRequest } from '#server/ports/provider.ts'
import { loadFiles } from './load-files.ts'

const image = (fileId: string): MessagePart => ({ type: 'image', fileId, mediaType: 'image/png' })
const MEGABYTE = 1024 * 1024

function load(parts: MessagePart[], more: { bytes?: number; known?: ProviderRequest['known']; lost?: string } = {}) {
  const reads: string[] = []
  const stored = (id: string): StoredFile => {
    const at = { hash: `hash of ${id}`, mediaType: 'image/png', name: id, createdAt: 1 }
    return { id, userId: 'me', ...at, bytes: more.bytes ?? 1 }
  }
  const loading = loadFiles(
    {
      store: {
        getFiles: async (userId, ids) => (userId === 'me' ? ids.filter((id) => id !== 'gone').map(stored) : []),
      },
      blobs: {
        async get(hash) {
          reads.push(hash)
          return hash === more.lost ? undefined : Buffer.from(hash)
        },
      },
    },
    'me',
    {
      model: 'm',
      messages: [{ role: 'user', parts }],
      ...(more.known && { known: more.known }),
    },
  )
  return { loading, reads }
}

test('a branch without files needs none', async () => {
  const { loading } = load([{ type: 'text', text: 'x' }])
  expect(await loading).toBeUndefined()
})

test('each file is read once, however often the branch refers to it', async () => {
  const { loading, reads } = load([image('a'), { type: 'text', text: 'x' }, image('b'), image('a')])
  expect(await loading).toEqual(
    new Map([
      ['a', { mediaType: 'image/png', bytes: Buffer.from('hash of a') }],
      ['b', { mediaType: 'image/png', bytes: Buffer.from('hash of b') }],
    ]),
  )
  expect(reads).toEqual(['hash of a', 'hash of b'])
})

test('one that is gone, from the list or from the disk, is left out', async () => {
  const { loading } = load([image('a'), image('gone'), image('b')], { lost: 'hash of b' })
  expect([...((await loading) ?? [])].map(([id]) => id)).toEqual(['a'])
})

test('more than vendors take at once is refused before anything is read', async () => {
  const { loading, reads } = load([image('a'), image('b'), image('c')], { bytes: 17 * MEGABYTE })
  await expect(loading).rejects.toMatchObject({
    error: { kind: 'bad-request', message: expect.stringContaining('51 MB of files, and 48 MB') as unknown },
  })
  expect(reads).toEqual([])
})

test('what is sent several times counts as often', async () => {
  const { loading, reads } = load([image('a'), image('a'), image('a')], { bytes: 17 * MEGABYTE })
  await expect(loading).rejects.toMatchObject({ error: { kind: 'bad-request' } })
  expect(reads).toEqual([])
})

test('images are refused for a model that is known not to see, not for one of which that is not known', async () => {
  const known = (capabilities: object) => ({ known: { contextLength: null, capabilities } })
  await expect(load([image('a')], known({ images: false })).loading).rejects.toMatchObject({
    error: { kind: 'bad-request', retryable: false, message: expect.stringContaining('cannot see images') as unknown },
  })
  expect((await load([image('a')], known({})).loading)?.size).toBe(1)
  const paper: MessagePart = { type: 'file', fileId: 'a', mediaType: 'application/pdf', name: 'a.pdf' }
  expect((await load([paper], known({ images: false })).loading)?.size).toBe(1)
})
