import type { Element, ElementContent, Text } from 'hast'
import type { Code, FootnoteDefinition, FootnoteReference, Html, Parents } from 'mdast'
import type { Handlers, State } from 'mdast-util-to-hast'

/** How a document's nodes become elements where we differ from the usual HTML. */
export const readInDocument: Handlers = { code: readCode, html: readHtml }

/** The same for a block on its own: it knows no other block's footnotes, so they stand as they are written. */
export const readAsWritten: Handlers = {
  ...readInDocument,
  footnoteReference: readFootnoteReference,
  footnoteDefinition: readFootnoteDefinition,
}

/** The code block reads its language from an attribute and its text as it is, without a line break at the end. */
function readCode(state: State, node: Code, parent: Parents | undefined): Element {
  const language = node.lang?.split(/\s/)[0]
  const value = parent?.type === 'root' ? node.value : withoutLastLineEndings(node.value)
  return at(state, node, 'pre', language ? { dataLanguage: language } : {}, [{ type: 'text', value }])
}

/** A fence in a list that nothing closes takes the blank lines after it, and one more where the text ends there. */
function withoutLastLineEndings(code: string): string {
  let end = code.length
  while (end > 0 && (code[end - 1] === '\n' || code[end - 1] === '\r')) end -= 1
  return code.slice(0, end)
}

const FLOW_PARENTS = new Set(['root', 'blockquote', 'listItem', 'footnoteDefinition'])

/** HTML is shown, not obeyed; only a line break in it is one. */
function readHtml(state: State, node: Html, parent: Parents | undefined): ElementContent {
  if (/^<br\s*\/?>$/i.test(node.value)) return at(state, node, 'br', {}, [])
  const text: Text = { type: 'text', value: node.value }
  if (!parent || !FLOW_PARENTS.has(parent.type)) return text
  return at(state, node, 'p', { className: ['md-html'] }, [text])
}

function readFootnoteReference(state: State, node: FootnoteReference): Element {
  return at(state, node, 'sup', {}, [{ type: 'text', value: node.label ?? node.identifier }])
}

function readFootnoteDefinition(state: State, node: FootnoteDefinition): Element {
  const label = at(state, node, 'sup', {}, [{ type: 'text', value: node.label ?? node.identifier }])
  return at(state, node, 'div', { className: ['md-footnote'] }, [label, ...state.all(node)])
}

type Positioned = Code | Html | FootnoteDefinition | FootnoteReference

function at(
  state: State,
  node: Positioned,
  tagName: string,
  properties: Element['properties'],
  children: ElementContent[],
): Element {
  const element: Element = { type: 'element', tagName, properties, children }
  state.patch(node, element)
  return element
}
