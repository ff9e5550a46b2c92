/** Shorter frames are as quickly made as found again. */
const WORTH_KEEPING_BYTES = 4_096

/**
 * Encodes once however many follow: all who stand at the same place are handed the same object, one after another where it
 * comes live, and within moments where they catch up side by side. What is kept lives as long as what it was made of.
 */
export function createSharedEncoder<Source extends object, Encoded extends Buffer>(
  encode: (source: Source) => Encoded,
): (source: Source) => Encoded {
  const kept = new WeakMap<Source, Encoded>()
  let lastSource: Source | undefined
  let lastEncoded: Encoded | undefined
  return (source) => {
    if (source === lastSource && lastEncoded) return lastEncoded
    const known = kept.get(source)
    if (known) return known
    const encoded = encode(source)
    if (encoded.length >= WORTH_KEEPING_BYTES) kept.set(source, encoded)
    lastSource = source
    lastEncoded = encoded
    return encoded
  }
}
