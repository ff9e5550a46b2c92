/** No vendor nests as deep; what walks over a value, such as `JSON.stringify`, fails some thousand levels down. */
const MAX_DEPTH = 500

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPENING = new Set([0x5b, 0x7b])
const CLOSING = new Set([0x5d, 0x7d])

/** Whether JSON text nests deeper than a reader may follow: `JSON.parse` itself does not mind. */
export function isTooDeep(json: string): boolean {
  if (json.length < 2 * MAX_DEPTH) return false
  let depth = 0
  let inString = false
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at)
    if (inString) {
      if (code === BACKSLASH) at += 1
      else if (code === QUOTE) inString = false
    } else if (code === QUOTE) inString = true
    else if (OPENING.has(code) && ++depth > MAX_DEPTH) return true
    else if (CLOSING.has(code)) depth -= 1
  }
  return false
}
