import { createHmac, scrypt } from 'node:crypto'
import { readSecretKey } from '#server/domain/secret-key.ts'

export interface MasterKey {
  /** Stored beside everything that was sealed with it. */
  id: string
  bytes: Buffer
}

const KEY_BYTES = 32
/** OWASP's parameters for scrypt (password storage cheat sheet): 128 MiB, once per process. */
const COST = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 }
/** All processes of all machines of an installation have to come to the same key, and share nothing but the setting. */
const SALT = 'millrace master key 1'

/** 32 bytes that were given as such, or what scrypt makes of a passphrase. */
export async function masterKeyFromSetting(secretKey: string): Promise<MasterKey> {
  const secret = readSecretKey(secretKey)
  if (secret === undefined) throw new Error('SECRET_KEY is too short')
  return toMasterKey('bytes' in secret ? Buffer.from(secret.bytes) : await derive(secret.passphrase))
}

export function toMasterKey(bytes: Buffer): MasterKey {
  const id = createHmac('sha256', bytes).update('millrace key id').digest('base64url').slice(0, 16)
  return { id, bytes }
}

function derive(passphrase: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFKC'), SALT, KEY_BYTES, COST, (error, key) => {
      if (error) reject(error)
      else resolve(key)
    })
  })
}
