import type { ElementContent } from 'hast'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawItem, drawList, parseItem, parseLastItems } from './list-item.ts'
import { CORPUS, LINES } from './markdown-corpus.ts'
import { parseBlock } from './parse-markdown.ts'
import { createBlockSplitter } from './split-blocks.ts'
import type { PlainList } from './split-blocks.ts'

const ITEM_LINES = LINES.filter((line) => !line.includes(']'))
const anyList = fc
  .tuple(
    fc.constantFrom('- ', '* ', '1. ', '2) '),
    fc.uniqueArray(fc.constantFrom(...ITEM_LINES), { minLength: 2, maxLength: 6 }),
  )
  .chain(([marker, lines]) => {
    const anyLine = fc.constantFrom('', '', ...lines.map((line) => marker + line), ...lines.map((line) => `   ${line}`))
    return fc.array(anyLine, { minLength: 2, maxLength: 12 }).map((all) => `${marker}first\n${all.join('\n')}`)
  })

describe('a list drawn item by item', () => {
  it('is the list that one parse draws', () => {
    let lists = 0
    const holds = (text: string) => {
      for (const block of createBlockSplitter().split(text, true).settled) {
        if (!block.list) continue
        lists += 1
        expect(drawParts(block.list)).toEqual(withoutPositions(parseBlock(block.text)))
      }
    }
    for (const text of Object.values(CORPUS)) holds(text)
    fc.assert(fc.property(anyList, holds), { numRuns: 1_000, seed: 1 })
    expect(lists).toBeGreaterThan(500)
  })

  it('settles its items one by one', () => {
    const splitter = createBlockSplitter()
    const first = splitter.split('Before:\n- a\n- b\n\n  more\n- c').tail.list!
    expect(first.items).toEqual(['- a\n'])
    expect(first.lastItem).toBe('- b\n\n  more\n- c')
    const next = splitter.split('Before:\n- a\n- b\n\n  more\n- c\n  d').tail.list!
    expect(next.items).toEqual(['- a\n', '- b\n\n  more\n'])
    expect(next.lastItem).toBe('- c\n  d')
  })
})

function drawParts({ items, lastItem }: PlainList): unknown {
  const all = [...items.map((text) => parseItem(text)!), ...parseLastItems(lastItem)!.items]
  const loose = all.some((item) => item.loose)
  return withoutPositions([{ ...drawList(all), children: all.map((item) => drawItem(item, loose)) }])
}

function withoutPositions(elements: ElementContent[]): unknown {
  return JSON.parse(JSON.stringify(elements, (key, value: unknown) => (key === 'position' ? undefined : value)))
}
