import { beforeEach, describe, expect, test } from 'vitest'
import type { StoreScene } from './store-scene.ts'
import type { UserKey } from './user-keys.ts'

/** What `Store` promises about the keys that users store. */
export function describeUserKeys(setScene: () => Promise<StoreScene>): void {
  let scene: StoreScene
  beforeEach(async () => {
    scene = await setScene()
  })

  const key = (name: string, baseUrl: string | null = null): UserKey => ({
    sealed: { keyId: `id-${name}`, nonce: `nonce-${name}`, ciphertext: `text-${name}`, tag: `tag-${name}` },
    baseUrl,
    createdAt: 5,
  })

  describe('a key of a user', () => {
    test('is found as it was stored, from another process too, and replaced by the next one', async () => {
      const { store, userId } = scene
      await store.saveUserKey(userId, 'openai', key('a', 'https://a.example'))
      const other = await scene.another()
      expect(await other.findUserKey(userId, 'openai')).toEqual(key('a', 'https://a.example'))
      await other.saveUserKey(userId, 'openai', { ...key('b'), createdAt: 6 })
      expect(await store.findUserKey(userId, 'openai')).toEqual({ ...key('b'), createdAt: 6 })
    })

    test('is listed by its provider, without what it was sealed to', async () => {
      const { store, userId } = scene
      expect(await store.listUserKeys(userId)).toEqual(new Map())
      await store.saveUserKey(userId, 'openai', key('a'))
      await store.saveUserKey(userId, 'groq', key('b', 'https://b.example'))
      expect([...(await store.listUserKeys(userId))]).toEqual([
        ['groq', { baseUrl: 'https://b.example', createdAt: 5 }],
        ['openai', { baseUrl: null, createdAt: 5 }],
      ])
    })

    test('is gone once it is deleted, and deleting says whether it was there', async () => {
      const { store, userId } = scene
      await store.saveUserKey(userId, 'openai', key('a'))
      await store.saveUserKey(userId, 'groq', key('b'))
      expect(await store.deleteUserKey(userId, 'openai')).toBe(true)
      expect(await store.deleteUserKey(userId, 'openai')).toBe(false)
      expect(await store.findUserKey(userId, 'openai')).toBeUndefined()
      expect([...(await store.listUserKeys(userId)).keys()]).toEqual(['groq'])
    })

    test("is nobody else's: it is neither found, listed, replaced nor deleted for another user", async () => {
      const { store, userId } = scene
      const other = `other-${userId}`
      await store.saveUserKey(userId, 'openai', key('a'))
      expect(await store.findUserKey(other, 'openai')).toBeUndefined()
      expect(await store.listUserKeys(other)).toEqual(new Map())
      expect(await store.deleteUserKey(other, 'openai')).toBe(false)
      await store.saveUserKey(other, 'openai', key('b'))
      expect(await store.findUserKey(userId, 'openai')).toEqual(key('a'))
    })
  })
}
