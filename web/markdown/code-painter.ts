import { LINES_PER_CHUNK } from './chunk-lines.ts'
import { TOKEN_KINDS } from './highlight-messages.ts'
import type { LineRuns } from './highlight-messages.ts'

export interface CodePainter {
  /** Runs of the next lines. */
  add: (runs: readonly LineRuns[]) => void
  clear: () => void
  /** Paints what is known and not yet shown onto the elements of the chunks, whose text is the chunk. */
  paint: (elements: HTMLCollection, chunks: readonly string[]) => void
}

/**
 * Puts colours onto code by replacing the text of an element with spans of the same text. Not drawn by React: a long
 * listing has ten thousand tokens, and what is not there cannot cost anything at the next update.
 */
export function createCodePainter(): CodePainter {
  let lines: LineRuns[] = []
  /** Per chunk, what was painted: its text and how many of its lines had colours. */
  let painted: ({ text: string; coloured: number } | undefined)[] = []

  return {
    add(runs) {
      lines.push(...runs)
    },
    clear() {
      lines = []
      painted = []
    },
    paint(elements, chunks) {
      const known = Math.min(chunks.length, Math.ceil(lines.length / LINES_PER_CHUNK))
      for (let index = firstStale(chunks, known); index < known; index += 1) {
        const text = chunks[index]!
        const runs = lines.slice(index * LINES_PER_CHUNK, (index + 1) * LINES_PER_CHUNK)
        elements[index]?.replaceChildren(...paintLines(text, runs))
        painted[index] = { text, coloured: runs.length }
      }
    },
  }

  /** Chunks before the last painted one are full and cannot change. */
  function firstStale(chunks: readonly string[], known: number): number {
    let index = known
    while (index > 0 && !isPainted(index - 1, chunks[index - 1]!)) index -= 1
    return index
  }

  function isPainted(index: number, text: string): boolean {
    const coloured = Math.min(LINES_PER_CHUNK, lines.length - index * LINES_PER_CHUNK)
    return painted[index]?.text === text && painted[index].coloured === coloured
  }
}

function paintLines(text: string, runs: readonly LineRuns[]): (Node | string)[] {
  const nodes: (Node | string)[] = []
  let plain = ''
  text.split('\n').forEach((line, index) => {
    if (index > 0) plain += '\n'
    let at = 0
    for (const [length, kind] of pairsThatFit(runs[index], line)) {
      const piece = line.slice(at, at + length)
      at += length
      if (kind === 0) plain += piece
      else {
        if (plain) nodes.push(plain)
        plain = ''
        nodes.push(token(piece, kind))
      }
    }
    plain += line.slice(at)
  })
  if (plain) nodes.push(plain)
  return nodes
}

/** The text is what was written, whatever the runs say. */
function* pairsThatFit(runs: LineRuns | undefined, line: string): Generator<[length: number, kind: number]> {
  let left = line.length
  for (let index = 0; runs && index + 1 < runs.length; index += 2) {
    left -= runs[index]!
    if (left < 0) return
    yield [runs[index]!, runs[index + 1]!]
  }
}

function token(text: string, kind: number): HTMLSpanElement {
  const span = document.createElement('span')
  span.className = `tk-${TOKEN_KINDS[kind] ?? TOKEN_KINDS[0]}`
  span.textContent = text
  return span
}
