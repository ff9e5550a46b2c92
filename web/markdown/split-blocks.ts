import { createBlockReader } from './block-reader.ts'

export interface SettledBlock {
  text: string
  list?: PlainList
}

/** A block that is one list and nothing else, but for blank lines before it. */
export interface PlainList {
  /** The items that another one follows: nothing can change them. */
  items: readonly string[]
  /** The last item; in the tail perhaps the beginning of another line after it. */
  lastItem: string
}

export interface Tail extends SettledBlock {
  /** Blank lines at most and then a code fence that is still open. */
  openFence: boolean
}

export interface BlockSplit {
  /** No text that follows can change them. The array only grows until the text starts again. */
  settled: readonly SettledBlock[]
  /** The rest, still being written: together with the settled blocks it is the text. */
  tail: Tail
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
 * that one parse of the whole text gives, but for references to definitions in other blocks (`mayDefine`). Lists, which
 * can be as long as the answer, are split once more into their items.
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
  const settle = (text: string, end: number, starts: readonly number[] | undefined) => {
    if (end <= progress.settledEnd) return
    const block: SettledBlock = { text: text.slice(progress.settledEnd, end) }
    if (starts) block.list = cutList(text.slice(0, end), starts)
    progress.settled.push(block)
    progress.settledEnd = end
    progress.items = []
  }
  const cutList = (text: string, starts: readonly number[]): PlainList => {
    const { items } = progress
    while (items.length < starts.length - 1) items.push(text.slice(starts[items.length], starts[items.length + 1]))
    return { items, lastItem: text.slice(starts.at(-1)) }
  }
  const readTail = (text: string): Tail => {
    const tail: Tail = { text: text.slice(progress.settledEnd), openFence: progress.reader.openFence() }
    const starts = progress.reader.listItems()
    if (starts && tail.text) tail.list = cutList(text, starts)
    return tail
  }

  return {
    split(text, final = false) {
      if (ended && !(final && text === seen)) progress = begin()
      else if (text.length < seen.length || text.slice(0, seen.length) !== seen) progress = begin()
      if (text.length > progress.searchFrom || final) readLines(text, final)
      for (const { offset, items } of progress.boundaries.splice(0)) settle(text, offset, items)
      if (final) settle(text, text.length, progress.reader.listItems())
      seen = text
      ended = final
      return { settled: progress.settled, tail: readTail(text), mayDefine: progress.reader.mayDefine() }
    },
    charactersRead: () => charactersRead,
  }
}

/** An item's marker has ten characters at most, after three spaces at most. */
const PEEK_LENGTH = 16

function begin() {
  const boundaries: { offset: number; items: readonly number[] | undefined }[] = []
  return {
    reader: createBlockReader((offset, items) => boundaries.push({ offset, items })),
    boundaries,
    settled: [] as SettledBlock[],
    settledEnd: 0,
    /** The items of the list in the tail, but for the last. */
    items: [] as string[],
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
