export interface OpenFence {
  language: string
  code: string
}

/**
 * Reads a tail that is nothing but a code fence still open, without a parser: a long listing then costs no more than its
 * text. `undefined` when the fence is indented, which moves its lines.
 */
export function readOpenFence(tail: string): OpenFence | undefined {
  const opening = /^[ \t\r\n]*?(?:^|[\r\n])(`{3,}|~{3,})[ \t]*([^\r\n]*)(\r\n|\r|\n|$)/.exec(tail)
  if (!opening) return undefined
  const [whole, marker, info] = opening
  const code = withoutHalfMarker(tail.slice(whole.length), marker!)
  return { language: info!.split(/[ \t]/)[0]!, code: withoutLineEnding(code) }
}

function withoutLineEnding(code: string): string {
  if (code.endsWith('\r\n')) return code.slice(0, -2)
  return code.endsWith('\n') || code.endsWith('\r') ? code.slice(0, -1) : code
}

/** The closing marker comes in pieces; its beginning would stand in the code for a moment. */
function withoutHalfMarker(code: string, marker: string): string {
  let end = code.length
  while (end > 0 && code[end - 1] === marker[0]) end -= 1
  const isLineStart = end === 0 || /[\r\n]/.test(code[end - 1]!)
  return isLineStart ? code.slice(0, end) : code
}
