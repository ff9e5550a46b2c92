import type { Element, ElementContent, Root as HtmlRoot } from 'hast'
import type { Nodes, Root } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { toHast } from 'mdast-util-to-hast'
import type { Options } from 'mdast-util-to-hast'
import { gfm } from 'micromark-extension-gfm'
import { markdownWords } from '../words/markdown-words.ts'
import { readAsWritten, readInDocument } from './node-readers.ts'
import { readRootLine } from './root-line.ts'
import { secureTree } from './secure-tree.ts'

const SYNTAX = {
  // "20~25 of 30~35" is not struck through; `~~` is.
  extensions: [gfm({ singleTilde: false })],
  mdastExtensions: [gfmFromMarkdown()],
}

/** One block on its own: safe elements, with footnotes as they are written. */
export function parseBlock(text: string): ElementContent[] {
  return toSafeElements(parseMarkdown(text), { handlers: readAsWritten })
}

export function parseMarkdown(text: string): Root {
  return fromMarkdown(text, SYNTAX)
}

/**
 * What blocks show once references between them are known: parsed in one document, but for blocks without a bracket,
 * which show what they show on their own (`undefined`). `undefined` when nothing is referred to across blocks. `idPrefix`
 * keeps the footnotes of two documents on one page apart.
 */
export function parseDocument(
  blocks: readonly string[],
  idPrefix: string,
): (ElementContent[] | undefined)[] | undefined {
  const { text, starts } = joinBracketed(blocks)
  const document = parseMarkdown(text)
  if (!hasDefinition(document)) return undefined
  const elements: (ElementContent[] | undefined)[] = blocks.map((_, index) => (starts.has(index) ? [] : undefined))
  const places = [...starts]
  let place = 0
  for (const node of toSafeElements(document, documentOptions(idPrefix))) {
    const offset = node.position?.start.offset
    if (offset === undefined) {
      // What has no place in the text is the section of the footnotes, after the last block.
      const last = blocks.length - 1
      elements[last] = [...(elements[last] ?? parseBlock(blocks[last]!)), node]
      continue
    }
    while (place + 1 < places.length && places[place + 1]![1] <= offset) place += 1
    const [index, start] = places[place]!
    const isSeparator = offset >= start + blocks[index]!.length
    if (!isSeparator) elements[index]!.push(node)
  }
  return elements
}

/** A line that ends whatever is open and leaves nothing open. */
const SEPARATOR = '\n\n<!---->\n\n'

/** The blocks that can refer to others or be referred to, and where each begins. */
function joinBracketed(blocks: readonly string[]) {
  const starts = new Map<number, number>()
  let text = ''
  blocks.forEach((block, index) => {
    if (!block.includes('[') || isFence(block)) return
    if (text !== '') text += SEPARATOR
    starts.set(index, text.length)
    text += block
  })
  return { text, starts }
}

/** A block that begins with a code fence is that fence. */
function isFence(block: string): boolean {
  const firstLine = /^(?:[ \t]*[\r\n])*([^\r\n]*)/.exec(block)![1]!
  return readRootLine(firstLine).kind === 'fence'
}

function documentOptions(idPrefix: string): Options {
  return {
    handlers: readInDocument,
    clobberPrefix: idPrefix,
    footnoteLabel: markdownWords.footnotes,
    footnoteBackContent: '↑',
    footnoteBackLabel: (index) => markdownWords.backToReference(index + 1),
  }
}

function hasDefinition(node: Nodes): boolean {
  if (node.type === 'definition' || node.type === 'footnoteDefinition') return true
  return 'children' in node && node.children.some(hasDefinition)
}

/** A document's elements, harmless and without the line breaks that stand between elements in HTML. */
export function toSafeElements(document: Root, options: Options): ElementContent[] {
  const tree = secureTree(toHast(document, options) as HtmlRoot)
  dropLineBreaks(tree)
  return tree.children.filter((node) => node.type === 'element' || node.type === 'text')
}

const HOLDS_NO_TEXT = new Set(['ul', 'ol', 'blockquote', 'table', 'thead', 'tbody', 'tr', 'section'])

function dropLineBreaks(parent: HtmlRoot | Element): void {
  if (parent.type === 'root' || HOLDS_NO_TEXT.has(parent.tagName)) {
    parent.children = (parent.children as ElementContent[]).filter(
      (node) => node.type !== 'text' || node.value.trim() !== '',
    )
  }
  for (const child of parent.children) if (child.type === 'element') dropLineBreaks(child)
}
