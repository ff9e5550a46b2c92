/** What a line would be if it began a new block at the root of the document. */
export type RootLine =
  | { kind: 'indented' | 'heading' | 'rule' | 'underline' | 'quote' | 'footnote' | 'text' }
  | { kind: 'fence'; marker: string }
  /** `marker`: `-`, `+`, `*`, `.` or `)`, another one begins another list. `interrupts`: an ordered list interrupts a paragraph only with the number 1, and no empty item does. */
  | { kind: 'item'; marker: string; contentColumn: number; empty: boolean; interrupts: boolean }
  /** HTML that ends with the line on which `end` matches, blank lines or not. */
  | { kind: 'raw-html'; end: RegExp; ended: boolean }
  /** HTML that ends at a blank line. `loose`: a lone tag of any name, which cannot interrupt a paragraph. */
  | { kind: 'html'; loose: boolean }
  /** Almost a lone tag: the grammar's corner cases are not worth following. */
  | { kind: 'doubtful' }

/** Classifies one line (without its line ending, not blank) by the block starts of CommonMark 0.31 and GFM. */
export function readRootLine(line: string): RootLine {
  const column = indentColumn(line)
  if (column > 3) return { kind: 'indented' }
  const content = trimSpace(line)
  switch (content[0]) {
    case '>':
      return { kind: 'quote' }
    case '#':
      return { kind: /^#{1,6}(?:[ \t]|$)/.test(content) ? 'heading' : 'text' }
    case '`':
    case '~':
      return readFence(content)
    case '<':
      return readHtml(content)
    case '[':
      return { kind: /^\[\^[^\s\]]+\]:/.test(content) ? 'footnote' : 'text' }
    case '=':
      return { kind: /^=+[ \t]*$/.test(content) ? 'underline' : 'text' }
    default:
      return readRuleOrItem(content, column)
  }
}

/** The column of the first character that is neither a space nor a tab; tabs stop at every fourth column. */
export function indentColumn(line: string): number {
  let column = 0
  for (let index = 0; index < line.length; index += 1) {
    if (line[index] === ' ') column += 1
    else if (line[index] === '\t') column += 4 - (column % 4)
    else break
  }
  return column
}

export function closesFence(line: string, marker: string): boolean {
  if (indentColumn(line) > 3) return false
  const content = trimSpace(line)
  return content.length >= marker.length && isRunOf(content, marker[0]!)
}

export function isBlank(line: string): boolean {
  for (let index = 0; index < line.length; index += 1) if (!isSpace(line[index]!)) return false
  return true
}

function readFence(content: string): RootLine {
  const marker = /^(?:`{3,}|~{3,})/.exec(content)?.[0]
  if (!marker) return { kind: 'text' }
  if (marker[0] === '`' && content.includes('`', marker.length)) return { kind: 'text' }
  return { kind: 'fence', marker }
}

const RULE = /^(?:(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|(?:\*[ \t]*){3,})$/
const ITEM = /^([-+*]|\d{1,9}[.)])([ \t]+|$)/

function readRuleOrItem(content: string, column: number): RootLine {
  if (RULE.test(content)) return { kind: 'rule' }
  const item = ITEM.exec(content)
  if (!item) return { kind: /^-+[ \t]*$/.test(content) ? 'underline' : 'text' }
  const marker = item[1]!
  const empty = item[0].length === content.length
  const afterMarker = column + marker.length
  // Five columns or more of space after the marker: one belongs to the marker, the rest to indented code.
  const gap = columnsOfGap(item[2]!, afterMarker)
  return {
    kind: 'item',
    marker: marker.at(-1)!,
    contentColumn: afterMarker + (empty || gap > 4 ? 1 : gap),
    empty,
    interrupts: !empty && (marker.length === 1 || /^1[.)]$/.test(marker)),
  }
}

function columnsOfGap(gap: string, from: number): number {
  let column = from
  for (const character of gap) column += character === '\t' ? 4 - (column % 4) : 1
  return column - from
}

const RAW_TAG = /^<(?:pre|script|style|textarea)(?=[ \t>]|$)/i
const BLOCK_TAG = new RegExp(
  '^</?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|' +
    'dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|' +
    'menu|menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|' +
    'tr|track|ul)(?:[ \\t>]|/>|$)',
  'i',
)
const LONE_TAG =
  /^<(?:[a-z][a-z\d-]*(?:[ \t]+[a-z_:][\w.:-]*(?:[ \t]*=[ \t]*(?:"[^"]*"|'[^']*'|[^ \t"'=<>`/]+))?)*[ \t]*\/?|\/[a-z][a-z\d-]*[ \t]*)>[ \t]*$/i
const ALMOST_TAG = /^<\/?[a-z][a-z\d-]*[ \t/>].*>[ \t]*$/i

function readHtml(content: string): RootLine {
  if (RAW_TAG.test(content)) return rawHtml(content, 1, /<\/(?:pre|script|style|textarea)>/i)
  if (content.startsWith('<!--')) {
    const ended = /^<!---*>/.test(content)
    return ended ? { kind: 'raw-html', end: /-->/, ended } : rawHtml(content, 4, /-->/)
  }
  if (content.startsWith('<?')) return { ...rawHtml(content, 2, /\?>/), ...(content[2] === '>' && { ended: true }) }
  if (content.startsWith('<![CDATA[')) return rawHtml(content, 9, /\]\]>/)
  if (/^<![a-z]/i.test(content)) return rawHtml(content, 3, />/)
  if (BLOCK_TAG.test(content)) return { kind: 'html', loose: false }
  if (LONE_TAG.test(content)) return { kind: 'html', loose: true }
  return { kind: ALMOST_TAG.test(content) ? 'doubtful' : 'text' }
}

function rawHtml(content: string, from: number, end: RegExp) {
  return { kind: 'raw-html' as const, end, ended: end.test(content.slice(from)) }
}

/** Spaces and tabs only: `trim` would take other white space, which Markdown treats as text. */
function trimSpace(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isSpace(text[start]!)) start += 1
  while (end > start && isSpace(text[end - 1]!)) end -= 1
  return text.slice(start, end)
}

function isSpace(character: string): boolean {
  return character === ' ' || character === '\t'
}

function isRunOf(text: string, character: string): boolean {
  for (const each of text) if (each !== character) return false
  return true
}
