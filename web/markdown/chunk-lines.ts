/** Few enough to be drawn again at every token, many enough that a long listing has few pieces. */
export const LINES_PER_CHUNK = 32

export interface LineChunks {
  code: string
  /** Pieces of 32 lines, each with its line endings. Joined they are the code. */
  chunks: readonly string[]
}

/** Cuts code into pieces of lines. Code that continues the last one keeps all pieces but the last. */
export function chunkLines(code: string, last?: LineChunks): LineChunks {
  if (last?.code === code) return last
  const continues =
    last !== undefined && code.length > last.code.length && code.slice(0, last.code.length) === last.code
  const chunks = continues ? last.chunks.slice(0, -1) : []
  let start = continues ? last.code.length - (last.chunks.at(-1)?.length ?? 0) : 0
  for (;;) {
    const end = endOfChunk(code, start)
    if (end >= code.length) break
    chunks.push(code.slice(start, end))
    start = end
  }
  chunks.push(code.slice(start))
  return { code, chunks }
}

function endOfChunk(code: string, start: number): number {
  let end = start
  for (let line = 0; line < LINES_PER_CHUNK; line += 1) {
    end = code.indexOf('\n', end) + 1
    if (end === 0) return code.length
  }
  return end
}
