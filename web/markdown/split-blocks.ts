import { createBlockReader } from './block-reader.ts'

export interface BlockSplit {
  /** Settled blocks: no text that follows can change them. The array only grows until the text starts again. */
  settled: readonly string[]
  /** The rest, still being written: `settled.join('') + tail` is the text. */
  tail: string
  /** The tail is blank lines at most and then a code fence that is still open. */
  openFence: boolean
  /** Perhaps there is a definition, of a link or a footnote, that other blocks refer to. */
  mayDefine: boolean
}

export interface BlockSplitter {
  /**
   * Takes the whole text so far. A text that continues the last one costs what is new in it; any other starts again.
   * With `final` the text has come to its end: everything is settled and the tail is empty.
   */
  split: (text: string, final?: boolean) => BlockSplit
  /** Characters looked at since the beginning, the measure of its cost. */
  charactersRead: () => number
}

/**
 * Splits Markdown that is still being written into blocks that can be parsed one by one: together they give the document
 * that one parse of the whole text gives, but for references to definitions in other blocks (`mayDefine`).
 */
export function createBlockSplitter(): BlockSplitter {
  let seen = ''
  let ended = false
  let charactersRead = 0
  let progress = begin()

  const readLines = (text: string, final: boolean) => {
    charactersRead += text.length - progress.searchFrom
    for (;;) {
      const end = findLineEnd(text, progress.searchFrom, final)
      if (!end) break
      readLine(text, end.content, end.next)
    }
    progress.searchFrom = Math.max(progress.searchFrom, text.endsWith('\r') ? text.length - 1 : text.length)
    if (final && progress.lineStart < text.length) readLine(text, text.length, text.length)
    else progress.reader.peek(text.slice(progress.lineStart, progress.lineStart + PEEK_LENGTH), progress.lineStart)
  }
  const readLine = (text: string, content: number, next: number) => {
    const { lineStart } = progress
    charactersRead += content - lineStart
    progress.lineStart = progress.searchFrom = next
    progress.reader.readLine(text.slice(lineStart, content), lineStart, next)
  }

  return {
    split(text, final = false) {
      if (ended && !(final && text === seen)) progress = begin()
      else if (text.length < seen.length || text.slice(0, seen.length) !== seen) progress = begin()
      if (text.length > progress.searchFrom || final) readLines(text, final)
      const { settled, boundaries, reader } = progress
      for (const end of final ? [...boundaries, text.length] : boundaries) {
        if (end > progress.settledEnd) settled.push(text.slice(progress.settledEnd, end))
        progress.settledEnd = end
      }
      boundaries.length = 0
      seen = text
      ended = final
      return {
        settled,
        tail: text.slice(progress.settledEnd),
        openFence: !final && reader.openFence(),
        mayDefine: reader.mayDefine(),
      }
    },
    charactersRead: () => charactersRead,
  }
}

/** An item's marker has ten characters at most, after three spaces at most. */
const PEEK_LENGTH = 16

function begin() {
  const boundaries: number[] = []
  return {
    reader: createBlockReader((offset) => boundaries.push(offset)),
    boundaries,
    settled: [] as string[],
    settledEnd: 0,
    lineStart: 0,
    /** Up to here no line ending was found after `lineStart`. */
    searchFrom: 0,
  }
}

/** LF, CR LF or CR. A CR at the very end may be half a CR LF, unless the text has come to its end. */
function findLineEnd(text: string, from: number, final: boolean): { content: number; next: number } | undefined {
  for (let index = from; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code === LINE_FEED) return { content: index, next: index + 1 }
    if (code !== CARRIAGE_RETURN) continue
    if (index + 1 < text.length) {
      return { content: index, next: text.charCodeAt(index + 1) === LINE_FEED ? index + 2 : index + 1 }
    }
    return final ? { content: index, next: index + 1 } : undefined
  }
  return undefined
}

const LINE_FEED = 10
const CARRIAGE_RETURN = 13
