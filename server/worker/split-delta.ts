import { piecesOf, type DeltaEvent } from '#protocol/events.ts'

/**
 * A delta as several of at most so many characters: a vendor may send megabytes as one, and whoever reads a log has to
 * hold the longest row. No character is torn, and the pieces are told with the first part.
 */
export function splitDelta(delta: DeltaEvent, maxCharacters: number): DeltaEvent[] {
  const { text } = delta
  if (text.length <= maxCharacters) return [delta]
  const parts: DeltaEvent[] = []
  for (let from = 0; from < text.length;) {
    const to = from + maxCharacters - (isHighSurrogate(text.charCodeAt(from + maxCharacters - 1)) ? 1 : 0)
    parts.push({ ...delta, text: text.slice(from, to), pieces: from === 0 ? piecesOf(delta) : 0 })
    from = to
  }
  return parts
}

function isHighSurrogate(codeUnit: number): boolean {
  return codeUnit >= 0xd800 && codeUnit <= 0xdbff
}
