import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { KeyPlace, KeyVault, SealedKey } from '#server/ports/key-vault.ts'
import { masterKeyFromFile } from './master-key-file.ts'
import { masterKeyFromSetting, type MasterKey } from './master-key.ts'

const ALGORITHM = 'aes-256-gcm'
/** The size that NIST SP 800-38D (8.2.2) allows to be random: a user's few keys are far below its 2^32 uses. */
const NONCE_BYTES = 12
const TAG_BYTES = 16

export interface VaultOptions {
  /** `SECRET_KEY`; without it the master key is kept in a file that is made when it is first needed. */
  secretKey: string | undefined
  file: string
}

/** AES-256-GCM under the installation's master key. */
export function createSealedKeyVault({ secretKey, file }: VaultOptions): KeyVault {
  let derived: Promise<MasterKey> | undefined
  // The file is read each time: the processes of an installation must not seal under different ones after it was replaced.
  const readFile = async (make: boolean) => masterKeyFromFile(file, make)
  const master = (make: boolean) =>
    secretKey === undefined ? readFile(make) : (derived ??= masterKeyFromSetting(secretKey))
  return {
    async seal(key, place) {
      const { id, bytes } = (await master(true)) ?? noMasterKey()
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(ALGORITHM, bytes, nonce, { authTagLength: TAG_BYTES })
      cipher.setAAD(associatedData(place))
      const ciphertext = Buffer.concat([cipher.update(key, 'utf8'), cipher.final()])
      return { keyId: id, nonce: text(nonce), ciphertext: text(ciphertext), tag: text(cipher.getAuthTag()) }
    },
    async open(sealed, place) {
      // A key file that is damaged is like one that is lost.
      const key = await master(false).catch(() => undefined)
      return key?.id === sealed.keyId ? decrypt(sealed, place, key) : undefined
    },
  }
}

function decrypt(sealed: SealedKey, place: KeyPlace, { bytes }: MasterKey): string | undefined {
  try {
    const decipher = createDecipheriv(ALGORITHM, bytes, binary(sealed.nonce), { authTagLength: TAG_BYTES })
    decipher.setAAD(associatedData(place))
    decipher.setAuthTag(binary(sealed.tag))
    return Buffer.concat([decipher.update(binary(sealed.ciphertext)), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

/** Unambiguous whatever the parts contain. */
function associatedData({ userId, provider, baseUrl }: KeyPlace): Buffer {
  return Buffer.from(JSON.stringify(['millrace-user-key', 1, userId, provider, baseUrl]))
}

function noMasterKey(): never {
  throw new Error('there is no master key')
}

function text(bytes: Buffer): string {
  return bytes.toString('base64url')
}

function binary(encoded: string): Buffer {
  return Buffer.from(encoded, 'base64url')
}
