import fc from 'fast-check'
import type { Nodes, RootContent } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { gfm } from 'micromark-extension-gfm'
import { describe, expect, it } from 'vitest'
import { CORPUS, LINES } from './markdown-corpus.ts'
import { createBlockSplitter } from './split-blocks.ts'

const documents = Object.entries(CORPUS)
const anyDocument = fc
  .tuple(
    fc.uniqueArray(fc.constantFrom(...LINES), { minLength: 2, maxLength: 7 }),
    fc.constantFrom('\n', '\n', '\r\n', '\r'),
  )
  .chain(([lines, ending]) =>
    fc.array(fc.constantFrom(...lines, ''), { minLength: 2, maxLength: 10 }).map((all) => all.join(ending)),
  )

describe('the blocks of a document', () => {
  it.each(documents)('join to the text and give the document of one whole parse, for every prefix: %s', (_, text) => {
    const step = text.length > 5_000 ? Math.floor(text.length / 10) : 1
    const splitter = createBlockSplitter()
    for (let end = 0; end <= text.length; end += step) {
      const prefix = text.slice(0, end)
      const { settled, tail } = splitter.split(prefix)
      const blocks = [...settled, tail].map((block) => block.text)
      expect(blocks.join('')).toBe(prefix)
      expect(documentOf(blocks), prefix).toEqual(documentOf([prefix]))
    }
  })

  it('do so for any order of lines', () => {
    const holds = (text: string) => {
      const blocks = createBlockSplitter()
        .split(text, true)
        .settled.map((block) => block.text)
      expect(blocks.join('')).toBe(text)
      expect(documentOf(blocks)).toEqual(documentOf([text]))
    }
    fc.assert(fc.property(anyDocument, holds), { numRuns: 1_500, seed: 1 })
  })

  it('are the same however the text arrives, and a settled one never changes', () => {
    const holds = (text: string, cuts: readonly number[]) => {
      const whole = [...createBlockSplitter().split(text, true).settled]
      const splitter = createBlockSplitter()
      for (const cut of [...cuts].map((each) => each % (text.length + 1)).toSorted((a, b) => a - b)) {
        const { settled } = splitter.split(text.slice(0, cut))
        expect(whole.slice(0, settled.length)).toEqual(settled)
      }
      expect(splitter.split(text, true).settled).toEqual(whole)
    }
    const anyCuts = fc.array(fc.nat(), { maxLength: 30 })
    fc.assert(fc.property(anyDocument, anyCuts, holds), { numRuns: 1_000, seed: 1 })
    for (const [, text] of documents) fc.assert(fc.property(fc.constant(text), anyCuts, holds), { numRuns: 20 })
  })

  it('keep their identity from the moment they are settled', () => {
    const text = documents.map(([, each]) => each).join('\n\n')
    const splitter = createBlockSplitter()
    const { settled } = splitter.split(text.slice(0, 100))
    const first = [...settled]
    splitter.split(text)
    expect(first.length).toBeGreaterThan(0)
    expect(splitter.split(`${text}more`).settled).toBe(settled)
    first.forEach((block, index) => expect(settled[index]).toBe(block))
  })

  it('are many: a class in a regular expression, a footnote or an unclosed element does not join them', () => {
    const paragraphs = Array.from({ length: 50 }, (_, index) => `Paragraph ${index}.\n\n`).join('')
    for (const start of [
      '`/[^a-z]/`\n\n',
      'Note[^1].\n\n[^1]: x\n\n',
      '<div>\n\n',
      'a [b\n\n',
      '```\n/[^a-z]/\n```\n',
      '| a |\n|-|\n\n',
    ]) {
      expect(createBlockSplitter().split(start + paragraphs).settled.length, start).toBeGreaterThanOrEqual(50)
    }
  })

  it('begin again when the text is another one', () => {
    const splitter = createBlockSplitter()
    splitter.split('one\n\ntwo\n\nthree')
    const { settled, tail } = splitter.split('ONE\n\ntwo\n\nthree, and more')
    expect([...settled, tail].map((block) => block.text)).toEqual(['ONE\n\n', 'two\n\n', 'three, and more'])
  })
})

describe('the tail', () => {
  it('settles as soon as nothing can change it, in the middle of the line that ends it', () => {
    const tailOf = (text: string) => createBlockSplitter().split(text).tail.text
    expect(tailOf('text\n\n')).toBe('')
    expect(tailOf('- a\n\nT')).toBe('T')
    expect(tailOf('- a\n\n**')).toBe('**')
    expect(tailOf('- a\n\n-')).toBe('- a\n\n-')
    expect(tailOf('```\na\n```\n')).toBe('')
    expect(tailOf('# H\n')).toBe('')
    expect(tailOf('| a |\n|-|\n| 1 |\n')).toBe('| a |\n|-|\n| 1 |\n')
  })

  it('says when it is an open code fence', () => {
    const isOpen = (text: string) => createBlockSplitter().split(text).tail.openFence
    expect(isOpen('a\n\n```ts\nlet a\n\n')).toBe(true)
    expect(isOpen('a\n\n```ts\nlet a\n```\n')).toBe(false)
    expect(isOpen('- ```ts\n  let a\n')).toBe(false)
  })

  it('costs its own length and not that of the text', () => {
    const paragraph = 'Some text with `code`, a [link](https://example.org) and no end.\n\n'
    const costOfUpdates = (textLength: number) => {
      const splitter = createBlockSplitter()
      let text = paragraph.repeat(Math.ceil(textLength / paragraph.length))
      splitter.split(text)
      const before = splitter.charactersRead()
      for (const word of paragraph.repeat(20).split(/(?<= )/)) splitter.split((text += word))
      return splitter.charactersRead() - before
    }
    const added = paragraph.length * 20
    expect(costOfUpdates(1_000)).toBe(costOfUpdates(500_000))
    expect(costOfUpdates(1_000)).toBeLessThan(3 * added)
  })
})

/** The documents of the blocks one after another, without what only the whole text can tell: references. */
function documentOf(blocks: readonly string[]): unknown[] {
  let offset = 0
  const hasLabels = blocks.some((block) => block.includes('['))
  return blocks.flatMap((block) => {
    const { children } = fromMarkdown(block, {
      extensions: [gfm({ singleTilde: false })],
      mdastExtensions: [gfmFromMarkdown()],
    })
    const shapes = children.map((child) => ({
      at: offset + child.position!.start.offset!,
      ...shapeOf(child, hasLabels),
    }))
    offset += block.length
    return shapes
  })
}

const SAME_INSIDE = new Set(['paragraph', 'heading', 'tableCell'])

function shapeOf(node: Nodes, hasLabels: boolean): object {
  const { position: _, ...rest } = node
  // What may be a reference is text without its definition; the extent of the leaf says that it is all there.
  if (hasLabels && SAME_INSIDE.has(node.type)) return { ...rest, children: lengthOf(node) }
  // A fence in a list that nothing closes has one blank line more or less at its end, which is not shown.
  if (node.type === 'code') return { ...rest, value: node.value.replace(/[\r\n]+$/, '') }
  if (!('children' in node)) return rest
  return { ...rest, children: (node.children as RootContent[]).map((child) => shapeOf(child, hasLabels)) }
}

function lengthOf({ position }: Nodes): number {
  return position!.end.offset! - position!.start.offset!
}
