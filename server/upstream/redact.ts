/** Turns a provider's words into words that may be logged. */
export type Redact = (text: string) => string

const MASK = '[redacted]'
/** Shorter values are placeholders such as `none`, which local servers are given; masking them would garble words. */
const SHORTEST_KEY = 7
/** The key shapes of the vendors (`sk-…`, `gsk_…`, `xai-…`, `AIza…`, …) and what follows a `Bearer`. */
const KEY_SHAPES =
  /\b(?:sk|rk|pk|gsk|xai|csk|pplx|fw|tgp|nvapi|hf|key)[-_][\w-]{10,}|\bAIza[\w-]{20,}|\bBearer\s+[\w.~+/=-]{6,}/gi

/**
 * Masks the instance's own key, wherever and however often it is echoed, and everything that has the shape of some
 * vendor's key: a gateway may echo a key that is not the one we sent.
 */
export function createRedact(apiKey: string | undefined): Redact {
  const key = apiKey?.trim() ?? ''
  const forms =
    key.length < SHORTEST_KEY ? [] : [...new Set([key, encodeURIComponent(key), JSON.stringify(key).slice(1, -1)])]
  return (text) => {
    let redacted = text
    for (const form of forms) redacted = redacted.replaceAll(form, MASK)
    return redacted.replace(KEY_SHAPES, MASK)
  }
}
