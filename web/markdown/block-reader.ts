import { closesFence, indentColumn, isBlank, readRootLine } from './root-line.ts'
import type { RootLine } from './root-line.ts'

export interface BlockReader {
  /** Reads one whole line; `start` and `end` are its offsets, `end` after its line ending. */
  readLine: (line: string, start: number, end: number) => void
  /** Looks at the beginning of a line that is still being written: it may already show that a block has ended. */
  peek: (beginning: string, start: number) => void
  /** A fence is open at the root of the document. */
  openFence: () => boolean
  /** The block that is open is one plain list: the offsets of its items. */
  listItems: () => readonly number[] | undefined
  mayDefine: () => boolean
}

/** The block that is open at the root of the document after the lines read so far. */
type Open =
  | { kind: 'nothing' }
  /** Perhaps a table; perhaps nothing but link definitions; a lone HTML tag on one of its lines. */
  | { kind: 'paragraph'; table: boolean; bracket: boolean; tag: boolean }
  | { kind: 'indented' }
  | { kind: 'fence'; marker: string }
  | { kind: 'raw-html'; end: RegExp }
  | { kind: 'html' }
  /** `lazy`: the last line is either the lazy continuation of a paragraph in the container, or a block after it. */
  | { kind: 'quote'; lazy: Lazy }
  | { kind: 'item' | 'footnote'; contentColumn: number; lazy: Lazy; empty: boolean; closed: boolean; at: ItemStart }
  /** It depends on more than is followed here: no boundary from here on. */
  | { kind: 'unknown' }

/** Where the item begins and with which marker. */
interface ItemStart {
  offset: number
  marker: string
}

type Lazy = false | 'text' | 'html'
type Paragraph = Extract<Open, { kind: 'paragraph' }>
type Container = Extract<Open, { lazy: Lazy }>

const NOTHING: Open = { kind: 'nothing' }
const UNKNOWN: Open = { kind: 'unknown' }

/** `items` are the offsets of the items where the block that ends there is one plain list. */
export type OnBoundary = (offset: number, items?: readonly number[]) => void

/**
 * Follows a Markdown text line by line and reports every offset at which it can be cut: nothing is open there at the root
 * of the document, whatever comes next. Where the grammar is ambiguous without parsing nested blocks it reports less, not
 * more. The authority is micromark; the tests compare with it.
 */
export function createBlockReader(report: OnBoundary): BlockReader {
  let open: Open = NOTHING
  let afterBlank = false
  let mayDefine = false
  let lineStart = 0
  let lastBoundary = 0
  let list: { marker: string; items: number[] } | undefined

  /** At the beginning of a line the block before it ends, at its end the block that it belongs to. */
  const onBoundary = (offset: number) => {
    report(offset, offset === lineStart ? list?.items : undefined)
    lastBoundary = offset
  }
  const endBlock = (end: number): Open => {
    onBoundary(end)
    return NOTHING
  }

  /** The line begins a block; no paragraph is open that it could continue. */
  const begin = (line: RootLine, text: string, end: number): Open => {
    switch (line.kind) {
      case 'heading':
      case 'rule':
        return endBlock(end)
      case 'fence':
        return { kind: 'fence', marker: line.marker }
      case 'raw-html':
        return line.ended ? endBlock(end) : { kind: 'raw-html', end: line.end }
      case 'html':
        return { kind: 'html' }
      case 'quote':
        return { kind: 'quote', lazy: false }
      case 'item':
        return { ...line, lazy: false, closed: false, at: { offset: lineStart, marker: line.marker } }
      case 'footnote':
        return {
          kind: 'footnote',
          contentColumn: 4,
          lazy: false,
          empty: false,
          closed: false,
          at: { offset: lineStart, marker: ':' },
        }
      case 'indented':
        return { kind: 'indented' }
      case 'doubtful':
        return UNKNOWN
      default:
        return { kind: 'paragraph', table: false, bracket: /^ *\[/.test(text), tag: false }
    }
  }

  const inParagraph = (line: RootLine, text: string, end: number): Open => {
    const { table, bracket, tag } = open as Paragraph
    switch (line.kind) {
      case 'heading':
      case 'fence':
        onBoundary(lineStart)
        return begin(line, text, end)
      case 'underline':
        return table || bracket ? UNKNOWN : endBlock(end)
      case 'rule':
        return endBlock(end)
      case 'item':
        if (line.interrupts) {
          onBoundary(lineStart)
          return begin(line, text, end)
        }
        if (text.trim() === '-' && !table && !bracket) return endBlock(end)
        return table || text.trim() === '-' ? UNKNOWN : open
      case 'html':
        if (!line.loose) return begin(line, text, end)
        return table ? UNKNOWN : { kind: 'paragraph', table, bracket, tag: true }
      case 'indented':
        return table ? UNKNOWN : open
      case 'text':
        if (!DELIMITER_ROW.test(text)) return open
        return tag ? UNKNOWN : { kind: 'paragraph', table: true, bracket, tag }
      default:
        return begin(line, text, end)
    }
  }

  const inIndented = (line: RootLine, text: string, end: number): Open => {
    if (line.kind === 'indented') return open
    // To micromark the code is still there to be interrupted, even after a blank line.
    if (line.kind === 'item' && !line.interrupts) return { kind: 'paragraph', table: false, bracket: false, tag: false }
    if (afterBlank || line.kind === 'heading' || line.kind === 'fence') onBoundary(lineStart)
    if (!afterBlank && line.kind === 'html' && line.loose) return UNKNOWN
    return begin(line, text, end)
  }

  /** A line that is not inside the open container and comes right after it: perhaps it continues a paragraph in there. */
  const afterContainer = (line: RootLine, text: string, end: number): Open => {
    const container = open as Container
    if (container.lazy === 'html') return UNKNOWN
    switch (line.kind) {
      case 'heading':
      case 'fence':
        onBoundary(lineStart)
        return begin(line, text, end)
      case 'item':
        return container.lazy && !line.interrupts ? UNKNOWN : begin(line, text, end)
      case 'html':
        if (!line.loose) return begin(line, text, end)
        return container.lazy ? UNKNOWN : { ...container, lazy: 'html' }
      case 'underline':
        return container.lazy ? UNKNOWN : { ...container, lazy: 'text' }
      case 'indented':
        return UNKNOWN
      case 'text':
        return { ...container, lazy: 'text' }
      default:
        return begin(line, text, end)
    }
  }

  const inContainer = (line: RootLine, text: string, end: number): Open => {
    const container = open as Exclude<Container, { kind: 'quote' }>
    if (!container.closed && indentColumn(text) >= container.contentColumn) {
      const startsRaw = line.kind === 'fence' || line.kind === 'raw-html' || line.kind === 'doubtful'
      if (container.lazy && (startsRaw || (container.lazy === 'html' && !afterBlank))) return UNKNOWN
      return container.empty ? { ...container, empty: false } : container
    }
    if (!afterBlank) return afterContainer(line, text, end)
    if (line.kind === 'indented') return UNKNOWN
    const continuesList = container.kind === 'item' && line.kind === 'item'
    if (!continuesList) onBoundary(lineStart)
    return begin(line, text, end)
  }

  const readBlank = (end: number) => {
    afterBlank = true
    if (open.kind === 'paragraph' || open.kind === 'html' || open.kind === 'quote') open = endBlock(end)
    // An item may begin with one blank line at most.
    else if (open.kind === 'item' && open.empty) open = { ...open, closed: true }
  }

  const readText = (text: string, end: number): Open => {
    const line = readRootLine(text)
    switch (open.kind) {
      case 'nothing':
        return begin(line, text, end)
      case 'paragraph':
        return inParagraph(line, text, end)
      case 'html':
        return open
      case 'indented':
        return inIndented(line, text, end)
      case 'quote':
        if (line.kind !== 'quote') return afterContainer(line, text, end)
        return open.lazy === 'html' ? UNKNOWN : { kind: 'quote', lazy: false }
      case 'item':
      case 'footnote':
        return inContainer(line, text, end)
      default:
        return open
    }
  }

  /** The list after a line that found `before` open: an item more, the same one, another one, or no plain list. */
  const followList = (before: Open) => {
    if (open.kind !== 'item' || open.lazy) return undefined
    const { offset, marker } = open.at
    if (list?.items.at(-1) === offset) return list
    if (before.kind === 'nothing' || lastBoundary === offset) return { marker, items: [offset] }
    if (list?.marker !== marker || before.kind !== 'item') return undefined
    list.items.push(offset)
    return list
  }

  return {
    readLine(text, start, end) {
      lineStart = start
      if (open.kind === 'unknown') {
        mayDefine ||= DEFINITION.test(text)
        return
      }
      if (open.kind === 'fence') {
        if (closesFence(text, open.marker)) open = endBlock(end)
        return
      }
      if (open.kind === 'raw-html') {
        if (open.end.test(text)) open = endBlock(end)
        return
      }
      if (isBlank(text)) return readBlank(end)
      mayDefine ||= DEFINITION.test(text)
      const before = open
      open = readText(text, end)
      list = followList(before)
      afterBlank = false
    },
    peek(beginning, start) {
      if (!afterBlank || (open.kind !== 'item' && open.kind !== 'footnote' && open.kind !== 'indented')) return
      const content = /^ {0,3}(?=[^ \t\r])/.exec(beginning)
      if (!content) return
      if (open.kind !== 'indented' && !open.closed && content[0].length >= open.contentColumn) return
      if (open.kind !== 'footnote' && MAYBE_ITEM.test(beginning)) return
      lineStart = start
      open = endBlock(start)
      list = undefined
    },
    listItems: () => (open.kind === 'item' ? list?.items : undefined),
    openFence: () => open.kind === 'fence',
    mayDefine: () => mayDefine,
  }
}

const DELIMITER_ROW = /^[ \t]*[|:-][ \t|:-]*$/
const MAYBE_ITEM = /^ *(?:[-+*]|\d{1,9}[.)]?)(?:[ \t\r]|$)/
/** `[label]:`, in any container, or the last line of a label over several lines; more than it need be, never less. */
const DEFINITION = /^[\s>*+\-\d.)]*\[.*\]:|^[^[]*\]:/
