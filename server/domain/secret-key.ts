const KEY_BYTES = 32
const SHORTEST_PASSPHRASE = 20

/** `SECRET_KEY` as it is meant: 32 bytes in hexadecimal or base64, or a passphrase. Undefined when it is too short for one. */
export function readSecretKey(text: string): { bytes: Uint8Array } | { passphrase: string } | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return { bytes: Buffer.from(text, 'hex') }
  if (/^(?:[\w-]{43}|[A-Za-z0-9+/]{43})=?$/.test(text)) {
    const bytes = Buffer.from(text, 'base64')
    if (bytes.length === KEY_BYTES) return { bytes }
  }
  return text.length >= SHORTEST_PASSPHRASE ? { passphrase: text } : undefined
}
