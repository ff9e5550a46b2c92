/** Turns a provider's words into words that may be logged. */
export type Redact = (text: string) => string

const MASK = '[redacted]'
/** Shorter values are placeholders such as `none`, which local servers are given; masking them would garble words. */
const SHORTEST_KEY = 7
/** So many characters in a row of a key that is twice as long are no coincidence. */
const PIECE = 12
/** Longer texts are cut: nobody shows more, and a vendor of ill will could keep a worker busy with one. */
const MAX_CHARACTERS = 64 * 1024
/** The key shapes of the vendors (`sk-…`, `gsk_…`, `xai-…`, `AIza…`, …) and what follows a `Bearer`. */
const KEY_SHAPES =
  /\b(?:sk|rk|pk|gsk|xai|csk|pplx|fw|tgp|nvapi|hf|key)[-_][\w-]{10,}|\bAIza[\w-]{20,}|\bBearer\s+[\w.~+/=-]{6,}/gi

/**
 * Masks the keys that were sent, wherever and however often they are echoed, also encoded, in another case, or in long
 * pieces; and everything that has the shape of some vendor's key: a gateway may echo a key that is not the one we sent.
 */
export function createRedact(...apiKeys: readonly (string | undefined)[]): Redact {
  const forms = [...new Set(apiKeys.flatMap((key) => formsOf(key?.trim() ?? '')))]
  let pieces: ReadonlySet<string> | undefined
  return (text) => {
    pieces ??= new Set(forms.flatMap(piecesOf))
    let redacted = text.slice(0, MAX_CHARACTERS)
    for (const form of forms) redacted = redacted.replaceAll(form, MASK)
    if (pieces.size > 0) redacted = maskPieces(redacted, pieces)
    return redacted.replace(KEY_SHAPES, MASK)
  }
}

function formsOf(key: string): string[] {
  if (key.length < SHORTEST_KEY) return []
  return [key, encodeURIComponent(key), JSON.stringify(key).slice(1, -1), ...base64Of(key)]
}

/** The key inside any longer text in base64: where that begins decides between three forms of it. */
function base64Of(key: string): string[] {
  return [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(key)])
    // Letters that other bytes have a part in are left out.
    const whole = Math.floor((bytes.length * 8) / 6)
    const form = bytes.toString('base64').slice(Math.ceil((before * 8) / 6), whole)
    return form.length < PIECE ? [] : [form, form.replaceAll('+', '-').replaceAll('/', '_')]
  })
}

function piecesOf(form: string): string[] {
  if (form.length < 2 * PIECE) return []
  const folded = fold(form)
  return Array.from({ length: form.length - PIECE + 1 }, (_, start) => folded.slice(start, start + PIECE))
}

/** Masks every stretch of the text that is made of pieces. */
function maskPieces(text: string, pieces: ReadonlySet<string>): string {
  const folded = fold(text)
  let masked = ''
  let kept = 0
  for (let start = 0; start + PIECE <= folded.length; start++) {
    if (!pieces.has(folded.slice(start, start + PIECE))) continue
    let end = start + PIECE
    while (end < folded.length && pieces.has(folded.slice(end - PIECE + 1, end + 1))) end++
    masked += text.slice(kept, start) + MASK
    kept = end
    start = end - 1
  }
  return masked + text.slice(kept)
}

/** Keys have no other letters, and some of those change their length with their case. */
function fold(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
