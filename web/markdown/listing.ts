import { TOKEN_KINDS } from './highlight-messages.ts'
import type { LineRuns } from './highlight-messages.ts'

/** The code on the page: written by hand and not by React, so that an update costs what is new in it. */
export interface Listing {
  /** Code that continues the last one is appended; any other replaces it and keeps no colours. */
  setText: (code: string) => void
  /** Runs of the next lines, from the first line on. */
  addRuns: (runs: readonly LineRuns[]) => void
  clearRuns: () => void
  /** Drops the elements and stops watching them. */
  clear: () => void
}

/** Tells when an element comes near the viewport and when it is far again; returns a function that stops it. */
export type WatchNear = (element: Element, onChange: (near: boolean) => void) => () => void

/** Some 640 px: what is far away and loses its colours is a piece, not a whole listing. */
const LINES_PER_PIECE = 32

interface Piece {
  element: HTMLSpanElement
  firstLine: number
  text: string
  near: boolean
  /** So many lines from its first one have colours; the others are the text of `rest`, its last node. */
  painted: number
  rest: Text
  unwatch: () => void
}

/**
 * Shows code in pieces of lines, each with its colours while it is near the viewport: a long answer holds ten thousand
 * tokens, and every element of them would cost a little at every update. Colours move nothing, so nothing jumps.
 */
export function createListing(host: Element, watchNear: WatchNear): Listing {
  let code = ''
  let runs: LineRuns[] = []
  let pieces: Piece[] = []

  const addPiece = (): Piece => {
    const element = document.createElement('span')
    element.className = 'md-code-lines'
    const rest = document.createTextNode('')
    element.append(rest)
    host.append(element)
    const firstLine = pieces.length * LINES_PER_PIECE
    const piece: Piece = { element, firstLine, text: '', near: false, painted: 0, rest, unwatch: () => undefined }
    pieces.push(piece)
    piece.unwatch = watchNear(element, (near) => {
      piece.near = near
      if (near) paint(piece, runs)
      else strip(piece)
    })
    return piece
  }
  const append = (text: string) => {
    let from = 0
    do {
      const last = pieces.at(-1)
      const piece = last && countLineEndings(last.text) < LINES_PER_PIECE ? last : addPiece()
      const end = endOfLines(text, from, LINES_PER_PIECE - countLineEndings(piece.text))
      piece.text += text.slice(from, end)
      piece.rest.appendData(text.slice(from, end))
      if (piece.near) paint(piece, runs)
      from = end
    } while (from < text.length)
  }
  const clear = () => {
    pieces.forEach(({ element, unwatch }) => {
      unwatch()
      element.remove()
    })
    pieces = []
    code = ''
  }

  return {
    setText(next) {
      if (next === code && pieces.length > 0) return
      const continues = next.length > code.length && next.slice(0, code.length) === code
      if (!continues) {
        clear()
        runs = []
      }
      append(next.slice(code.length))
      code = next
    },
    addRuns(more) {
      const from = Math.floor(runs.length / LINES_PER_PIECE)
      runs.push(...more)
      for (const piece of pieces.slice(from)) if (piece.near) paint(piece, runs)
    },
    clearRuns() {
      runs = []
      pieces.forEach(strip)
    },
    clear,
  }
}

/** Moves lines whose runs are known from the plain rest into spans. */
function paint(piece: Piece, runs: readonly LineRuns[]): void {
  const nodes: (Node | string)[] = []
  let moved = 0
  for (let line = piece.firstLine + piece.painted; line < runs.length; line += 1) {
    const end = piece.rest.data.indexOf('\n', moved) + 1 || piece.rest.data.length
    if (end === moved) break
    nodes.push(...colour(piece.rest.data.slice(moved, end), runs[line]!))
    moved = end
    piece.painted += 1
  }
  if (moved === 0) return
  piece.rest.before(...nodes)
  piece.rest.deleteData(0, moved)
}

function strip(piece: Piece): void {
  if (piece.painted === 0) return
  piece.painted = 0
  piece.rest.data = piece.text
  piece.element.replaceChildren(piece.rest)
}

/** The text is what was written, whatever the runs say. */
function colour(line: string, runs: LineRuns): (Node | string)[] {
  const nodes: (Node | string)[] = []
  let plain = ''
  let at = 0
  for (let index = 0; index + 1 < runs.length; index += 2) {
    const text = line.slice(at, at + runs[index]!)
    at += text.length
    const kind = TOKEN_KINDS[runs[index + 1]!]
    if (!kind || kind === TOKEN_KINDS[0]) {
      plain += text
      continue
    }
    if (plain) nodes.push(plain)
    plain = ''
    nodes.push(token(text, kind))
  }
  plain += line.slice(at)
  if (plain) nodes.push(plain)
  return nodes
}

function token(text: string, kind: string): HTMLSpanElement {
  const span = document.createElement('span')
  span.className = `tk-${kind}`
  span.textContent = text
  return span
}

function countLineEndings(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1
  return count
}

function endOfLines(text: string, from: number, lines: number): number {
  let end = from
  for (let line = 0; line < lines; line += 1) {
    end = text.indexOf('\n', end) + 1
    if (end === 0) return text.length
  }
  return end
}
