import type { Element, ElementContent, Root as HtmlRoot } from 'hast'
import type { Nodes, Root } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { toHast } from 'mdast-util-to-hast'
import type { Options } from 'mdast-util-to-hast'
import { gfm } from 'micromark-extension-gfm'
import { markdownWords } from './markdown-words.ts'
import { readAsWritten, readInDocument } from './node-readers.ts'
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
 * The whole text as one document, cut where its blocks begin (`starts`, offsets): what each block shows once references
 * from other blocks are known. `undefined` when nothing in it is referred to across blocks. `idPrefix` keeps the
 * footnotes of two documents on one page apart.
 */
export function parseDocument(
  text: string,
  starts: readonly number[],
  idPrefix: string,
): ElementContent[][] | undefined {
  const document = parseMarkdown(text)
  if (!hasDefinition(document)) return undefined
  const blocks: ElementContent[][] = starts.map(() => [])
  let index = 0
  for (const node of toSafeElements(document, documentOptions(idPrefix))) {
    const offset = node.position?.start.offset
    // What has no place in the text is the section of the footnotes, at the end.
    if (offset === undefined) index = starts.length - 1
    else while (index + 1 < starts.length && starts[index + 1]! <= offset) index += 1
    blocks[index]?.push(node)
  }
  return blocks
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
