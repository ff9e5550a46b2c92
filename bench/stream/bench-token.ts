/**
 * A token of the benchmark: `<stream>.<index>.<microseconds> `. It says which token of which stream it is and when it was
 * sent, and ends in a space, so that tokens can be told apart when several arrive as one text.
 */
export interface BenchToken {
  stream: number
  index: number
  sentMs: number
}

export function formatToken(stream: number, index: number, sentMs: number): string {
  return `${stream}.${index}.${Math.round(sentMs * 1000)} `
}

/** Reads one token without its space; undefined when the text is not one. */
export function parseToken(text: string): BenchToken | undefined {
  const first = text.indexOf('.')
  const second = text.indexOf('.', first + 1)
  if (first < 1 || second < first + 2 || second + 1 === text.length) return undefined
  const stream = Number(text.slice(0, first))
  const index = Number(text.slice(first + 1, second))
  const micros = Number(text.slice(second + 1))
  if (!Number.isInteger(stream) || !Number.isInteger(index) || !Number.isInteger(micros)) return undefined
  return { stream, index, sentMs: micros / 1000 }
}
