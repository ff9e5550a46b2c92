import { expect, test } from 'vitest'
import type { KeyPlace, KeyVault, SealedKey } from '#server/ports/key-vault.ts'
import { openOwnKey } from './own-key.ts'

const SEALED: SealedKey = { keyId: 'k', nonce: 'n', ciphertext: 'c', tag: 't' }

/** One stored key, and a vault that says for which place it was asked. */
function world(baseUrl: string | null, opened: string | undefined) {
  const places: KeyPlace[] = []
  const vault: KeyVault = {
    seal: () => Promise.reject(new Error('nothing is sealed here')),
    open: async (_sealed, place) => {
      places.push(place)
      return opened
    },
  }
  const findUserKey = async (userId: string, provider: string) =>
    userId === 'u' && provider === 'openai' ? { sealed: SEALED, baseUrl, createdAt: 1 } : undefined
  return { deps: { store: { findUserKey }, vault }, places }
}

test('a stored key is opened for its place, with the address it is for', async () => {
  const { deps, places } = world('https://own.example/v1', 'key')
  expect(await openOwnKey(deps, 'u', 'openai')).toEqual({ apiKey: 'key', baseUrl: 'https://own.example/v1' })
  expect(places).toEqual([{ userId: 'u', provider: 'openai', baseUrl: 'https://own.example/v1' }])
  expect(await openOwnKey(world(null, 'key').deps, 'u', 'openai')).toEqual({ apiKey: 'key' })
})

test('where there is none nothing is opened', async () => {
  const { deps, places } = world(null, 'key')
  expect(await openOwnKey(deps, 'u', 'mistral')).toBeUndefined()
  expect(await openOwnKey(deps, 'other', 'openai')).toBeUndefined()
  expect(places).toEqual([])
})

test('one that cannot be read fails in words, instead of being replaced by the server’s', async () => {
  await expect(openOwnKey(world(null, undefined).deps, 'u', 'openai')).rejects.toMatchObject({
    error: { kind: 'auth', retryable: false, message: expect.stringContaining('Enter it again.') as unknown },
  })
})
