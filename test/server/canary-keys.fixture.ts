/** So many characters of a key in a row are a leak. */
const PIECE = 16

/** Everything that leaves the app, by where it was found. */
export interface Outlet {
  where: string
  bytes: string
}

/** What an upstream of ill will makes of a key that it was sent. */
export function echoesOf(key: string): string[] {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  return [
    key,
    encodeURIComponent(key),
    JSON.stringify({ key }),
    key.toUpperCase(),
    base64(key),
    base64(`u:${key}`),
    base64(`me:${key}`),
    Buffer.from(`Bearer ${key}`).toString('base64url'),
    key.slice(0, 24),
    key.slice(-24),
  ]
}

/** Where a key, any 16 characters of it, or its usual encodings are found; empty where all is well. */
export function leaksIn(outlets: readonly Outlet[], keys: readonly string[]): string[] {
  const pieces = new Set(keys.flatMap((key) => formsOf(key).flatMap(piecesOf)))
  return outlets.flatMap(({ where, bytes }) => {
    const folded = bytes.toLowerCase()
    for (let start = 0; start + PIECE <= folded.length; start++) {
      if (!pieces.has(folded.slice(start, start + PIECE))) continue
      return [`${where}: …${bytes.slice(Math.max(0, start - 60), start + PIECE + 20)}…`]
    }
    return []
  })
}

function formsOf(key: string): string[] {
  const inBase64 = ['', '.', '..'].map((before) => Buffer.from(before + key).toString('base64'))
  // The first and the last letters also depend on what stands around the key.
  const cores = inBase64.map((form) => form.slice(3, -4))
  const hex = Buffer.from(key).toString('hex')
  return [key, encodeURIComponent(key), hex, ...cores, ...cores.map(toUrlAlphabet)]
}

function toUrlAlphabet(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_')
}

function piecesOf(form: string): string[] {
  const folded = form.toLowerCase()
  return Array.from({ length: Math.max(0, folded.length - PIECE + 1) }, (_, at) => folded.slice(at, at + PIECE))
}
