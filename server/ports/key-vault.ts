/** Seals the keys that users store, so that whoever reads the database reads no key. */
export interface KeyVault {
  /** The key as it is stored, bound to its place: moved to another row, or with another address, it cannot be read. */
  seal(key: string, place: KeyPlace): Promise<SealedKey>
  /** Undefined when it cannot be read: sealed under another master key, for another place, or changed since. */
  open(sealed: SealedKey, place: KeyPlace): Promise<string | undefined>
}

/** Whose key it is, for whom, and where it may be sent. */
export interface KeyPlace {
  userId: string
  provider: string
  /** Null where the key goes to the provider instance's own address. */
  baseUrl: string | null
}

/** All parts as base64url text. */
export interface SealedKey {
  /** Names the master key without telling anything of it. */
  keyId: string
  nonce: string
  ciphertext: string
  tag: string
}
