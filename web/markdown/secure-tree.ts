import type { Element, ElementContent, Root } from 'hast'
import { sanitize } from 'hast-util-sanitize'
import type { Schema } from 'hast-util-sanitize'
import { harden } from 'rehype-harden'
import { markdownWords } from '../words/markdown-words.ts'

/**
 * Makes a tree that a model wrote harmless: only the elements of Markdown, links to http, https and mailto that leave
 * nothing behind, and images from the page's own origin. Any other image becomes a link to it, so that showing an answer
 * asks no other server for anything. Changes and returns a copy.
 */
export function secureTree(tree: Root, origin = globalThis.location?.origin ?? 'null'): Root {
  const safe = sanitize(tree, SCHEMA) as Root
  replaceForeignImages(safe, origin, false)
  // A second library checks the same rules again, with its own reading of what an address is.
  harden({
    defaultOrigin: origin,
    allowedLinkPrefixes: ['*'],
    allowedImagePrefixes: [origin],
    linkBlockPolicy: 'text-only',
    imageBlockPolicy: 'text-only',
  })(safe)
  finish(safe)
  return safe
}

/** What Markdown can say and nothing more; the properties are our own, since no HTML is read. */
const SCHEMA: Schema = {
  tagNames: [
    ...['a', 'blockquote', 'br', 'code', 'del', 'div', 'em', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr', 'img', 'input'],
    ...['li', 'ol', 'p', 'pre', 'section', 'strong', 'sup', 'table', 'tbody', 'td', 'th', 'thead', 'tr', 'ul'],
  ],
  attributes: {
    a: ['href', 'title', 'id', 'ariaDescribedBy', 'ariaLabel', 'dataFootnoteRef', 'dataFootnoteBackref'],
    div: [['className', 'md-footnote']],
    h2: ['id', ['className', 'sr-only']],
    img: ['src', 'alt', 'title'],
    input: [['type', 'checkbox'], ['disabled', true], 'checked'],
    li: ['id', ['className', 'task-list-item']],
    ol: ['start', ['className', 'contains-task-list']],
    p: [['className', 'md-html']],
    pre: ['dataLanguage'],
    section: ['dataFootnotes', ['className', 'footnotes']],
    td: ['align'],
    th: ['align'],
    ul: [['className', 'contains-task-list']],
  },
  protocols: { href: ['http', 'https', 'mailto'], src: ['http', 'https'] },
  required: { input: { type: 'checkbox', disabled: true } },
  // Our own ids have their prefix already.
  clobber: [],
  strip: ['script', 'style'],
}

function replaceForeignImages(parent: Root | Element, origin: string, inLink: boolean): void {
  parent.children.forEach((child, index) => {
    if (child.type !== 'element') return
    if (child.tagName === 'img') {
      if (!isOwn(child.properties.src, origin)) parent.children[index] = imagePlaceholder(child, inLink)
      return
    }
    replaceForeignImages(child, origin, inLink || child.tagName === 'a')
  })
}

function isOwn(source: unknown, origin: string): boolean {
  if (typeof source !== 'string' || !URL.canParse(source, origin)) return false
  return new URL(source, origin).origin === origin
}

/** A link cannot stand in a link: there the placeholder is text. */
function imagePlaceholder(image: Element, inLink: boolean): Element {
  const { src, alt } = image.properties
  const children: ElementContent[] = [
    { type: 'element', tagName: 'span', properties: {}, children: [{ type: 'text', value: markdownWords.image }] },
    { type: 'text', value: ` ${typeof alt === 'string' ? alt : ''}`.trimEnd() },
  ]
  const linked = !inLink && typeof src === 'string'
  return {
    type: 'element',
    tagName: linked ? 'a' : 'span',
    properties: { className: ['md-image'], ...(linked && { href: src }) },
    children,
  }
}

function finish(parent: Root | Element): void {
  for (const child of parent.children) {
    if (child.type !== 'element') continue
    const { href } = child.properties
    if (child.tagName === 'a' && typeof href === 'string') {
      if (href.startsWith('#')) delete child.properties.target
      else Object.assign(child.properties, { target: '_blank', rel: ['noopener', 'noreferrer', 'nofollow'] })
    } else if (child.tagName === 'img') {
      Object.assign(child.properties, { loading: 'lazy', decoding: 'async', referrerPolicy: 'no-referrer' })
    }
    finish(child)
  }
}
