import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KeyPlace, KeyVault, SealedKey } from './key-vault.ts'

export interface VaultSubject {
  vault: KeyVault
  /** The same installation's vault, as another process has it. */
  another: KeyVault
  /** One with another master key. */
  stranger: KeyVault
  close(): Promise<void>
}

const KEY = 'sk-a-key-of-a-user-0123456789'
const PLACE: KeyPlace = { userId: 'u1', provider: 'openai', baseUrl: null }

/** What `KeyVault` promises, as tests. */
export function describeKeyVaultContract(name: string, open: () => Promise<VaultSubject>): void {
  describe(`key vault contract: ${name}`, () => {
    let subject: VaultSubject
    beforeAll(async () => {
      subject = await open()
    })
    afterAll(() => subject.close())

    test.each([KEY, 'x', 'k'.repeat(4_096)])('gives a key back where it was stored, in every process', async (key) => {
      const sealed = await subject.vault.seal(key, PLACE)
      expect(await subject.vault.open(sealed, PLACE)).toBe(key)
      expect(await subject.another.open(sealed, PLACE)).toBe(key)
    })

    test('what is stored tells nothing of the key, and is another each time', async () => {
      const [first, second] = [await subject.vault.seal(KEY, PLACE), await subject.vault.seal(KEY, PLACE)]
      expect(second.nonce).not.toBe(first.nonce)
      expect(second.ciphertext).not.toBe(first.ciphertext)
      expect(second.keyId).toBe(first.keyId)
      const stored = JSON.stringify(first)
      for (const form of ['utf8', 'base64', 'base64url', 'hex'] as const) {
        expect(stored).not.toContain(Buffer.from(KEY).toString(form))
      }
    })

    test.each<[string, Partial<KeyPlace>]>([
      ["in another user's row", { userId: 'u2' }],
      ['for another provider', { provider: 'mistral' }],
      ['with another address', { baseUrl: 'https://elsewhere.example/v1' }],
    ])('a key cannot be read %s', async (_where, change) => {
      const sealed = await subject.vault.seal(KEY, PLACE)
      expect(await subject.vault.open(sealed, { ...PLACE, ...change })).toBeUndefined()
    })

    test('parts of a place do not run into each other', async () => {
      const sealed = await subject.vault.seal(KEY, { userId: 'a', provider: 'bc', baseUrl: null })
      expect(await subject.vault.open(sealed, { userId: 'ab', provider: 'c', baseUrl: null })).toBeUndefined()
    })

    test.each(['nonce', 'ciphertext', 'tag', 'keyId'] as const)('a changed %s is noticed', async (part) => {
      const sealed = await subject.vault.seal(KEY, PLACE)
      const changed = sealed[part].startsWith('A') ? `B${sealed[part].slice(1)}` : `A${sealed[part].slice(1)}`
      expect(await subject.vault.open({ ...sealed, [part]: changed }, PLACE)).toBeUndefined()
      expect(await subject.vault.open({ ...sealed, [part]: '' }, PLACE)).toBeUndefined()
    })

    test('a tag that was cut short is no tag', async () => {
      const sealed = await subject.vault.seal(KEY, PLACE)
      const short = Buffer.from(sealed.tag, 'base64url').subarray(0, 4).toString('base64url')
      expect(await subject.vault.open({ ...sealed, tag: short }, PLACE)).toBeUndefined()
    })

    test('another master key reads nothing, also where the key id is claimed to be its own', async () => {
      const sealed = await subject.vault.seal(KEY, PLACE)
      expect(await subject.stranger.open(sealed, PLACE)).toBeUndefined()
      const { keyId } = await subject.stranger.seal(KEY, PLACE)
      expect(await subject.stranger.open({ ...sealed, keyId } satisfies SealedKey, PLACE)).toBeUndefined()
    })
  })
}
