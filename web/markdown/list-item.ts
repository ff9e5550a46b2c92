import type { Element, ElementContent } from 'hast'
import type { List } from 'mdast'
import { parseMarkdown, toSafeElements } from './parse-markdown.ts'
import { readAsWritten } from './node-readers.ts'

/** An item of a list, parsed on its own. */
export interface ListItem {
  /** The list of this one item. */
  list: List
  /** Blank lines are in it or between it and the next item: then the items of the whole list are set apart. */
  loose: boolean
}

/** An item after which another one follows; `undefined` when the text is something else. */
export function parseItem(text: string): ListItem | undefined {
  // An item after it shows what the parser makes of the blank lines between the two.
  const parsed = parseLastItems(text + nextItem(text))
  return parsed?.items.length === 2 && parsed.rest.length === 0 ? parsed.items[0] : undefined
}

/** The end of a list, where the line that is being written may already be another item, or something after the list. */
export function parseLastItems(text: string): { items: ListItem[]; rest: ElementContent[] } | undefined {
  const [list, ...rest] = parseMarkdown(text).children
  if (list?.type !== 'list') return undefined
  return {
    items: list.children.map((item) => ({
      list: { ...list, children: [item] },
      loose: Boolean(list.spread || item.spread),
    })),
    rest: rest.length > 0 ? toSafeElements({ type: 'root', children: rest }, { handlers: readAsWritten }) : [],
  }
}

/** The list around its items: its element without children. */
export function drawList(items: readonly ListItem[]): Element {
  const { ordered, start } = items[0]!.list
  const properties: Element['properties'] = {}
  if (typeof start === 'number' && start !== 1) properties.start = start
  if (items.some(({ list }) => typeof list.children[0]!.checked === 'boolean')) {
    properties.className = ['contains-task-list']
  }
  return { type: 'element', tagName: ordered ? 'ol' : 'ul', properties, children: [] }
}

/** The item's own element, as it is in a list that is `loose` or not. */
export function drawItem({ list }: ListItem, loose: boolean): Element {
  const children = list.children.map((item) => ({ ...item, spread: loose }))
  const document = { type: 'root' as const, children: [{ ...list, spread: loose, children }] }
  const [around] = toSafeElements(document, { handlers: readAsWritten }) as [Element]
  return around.children[0] as Element
}

const MARKER = /^[ \t]*(?:\d{1,9}([.)])|([-+*]))/

function nextItem(text: string): string {
  const [, delimiter, bullet] = MARKER.exec(text) ?? []
  return delimiter ? `1${delimiter} x` : `${bullet ?? '-'} x`
}
