import type { SealedKey } from './key-vault.ts'

/** The part of the store that holds the keys of users for provider instances, sealed. */
export interface UserKeyStore {
  /** Takes the place of the one before. */
  saveUserKey(userId: string, provider: string, key: UserKey): Promise<void>
  findUserKey(userId: string, provider: string): Promise<UserKey | undefined>
  /** Says whether there was one. */
  deleteUserKey(userId: string, provider: string): Promise<boolean>
  /** What may be shown of the user's keys, by provider. */
  listUserKeys(userId: string): Promise<Map<string, Omit<UserKey, 'sealed'>>>
}

export interface UserKey {
  sealed: SealedKey
  /** Where the key is sent instead of the instance's own address; null for that one. */
  baseUrl: string | null
  createdAt: number
}
