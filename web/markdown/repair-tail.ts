import type { Element, ElementContent } from 'hast'
import remend from 'remend'
import type { RemendOptions } from 'remend'

/**
 * Only what completes an unfinished end: the options that are off rewrite finished text, which would then change once
 * more when it settles.
 */
const COMPLETIONS: RemendOptions = {
  singleTilde: false,
  comparisonOperators: false,
  katex: false,
  linkMode: 'text-only',
}

/** Closes what the last block has opened and not yet closed, so that half a `**bold` is bold and not two asterisks. */
export function repairTail(tail: string): string {
  return remend(tail, COMPLETIONS)
}

const HOLDS_BLOCKS = new Set(['ul', 'ol', 'li', 'blockquote', 'table', 'tbody', 'thead', 'tr', 'div'])

/** Puts the caret after the last word of the last block; changes the elements. */
export function addCaret(elements: ElementContent[]): ElementContent[] {
  const last = elements.findLast((node) => node.type === 'element')
  if (!last) return [paragraphOf(CARET)]
  if (last.tagName === 'pre') last.properties.dataOpen = true
  else if (HOLDS_BLOCKS.has(last.tagName) && last.children.some(isBlock)) addCaret(last.children)
  else if (last.tagName === 'hr' || last.tagName === 'br' || last.tagName === 'img') elements.push(paragraphOf(CARET))
  else last.children.push(CARET)
  return elements
}

const CARET: Element = { type: 'element', tagName: 'span', properties: { className: ['md-caret'] }, children: [] }

function paragraphOf(child: Element): Element {
  return { type: 'element', tagName: 'p', properties: {}, children: [child] }
}

function isBlock(node: ElementContent): boolean {
  return (
    node.type === 'element' &&
    /^(?:p|pre|h[1-6]|hr|ul|ol|li|blockquote|table|thead|tbody|tr|td|th|div)$/.test(node.tagName)
  )
}
