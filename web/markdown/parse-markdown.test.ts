import fc from 'fast-check'
import type { ElementContent } from 'hast'
import { describe, expect, it } from 'vitest'
import { CORPUS, LINES } from './markdown-corpus.ts'
import { parseBlock, parseDocument } from './parse-markdown.ts'
import { createBlockSplitter } from './split-blocks.ts'

const REFERRING = [
  '[a]: /one',
  '[b]: <two> "t"',
  '> [a]: /quoted',
  '- [b]: /in-list',
  'see [a], [t][b] and ![i][A]',
  '[^1]: note',
  '[^2]: [a]',
  'x[^1] y[^2] z[^1]',
]
const anyReferring = fc.array(fc.constantFrom(...REFERRING, ...REFERRING, '', '', '', ...LINES), {
  minLength: 4,
  maxLength: 16,
})

describe('blocks with references between them', () => {
  it('show together what one parse of the whole text shows', () => {
    let resolved = 0
    const holds = (text: string) => {
      const { settled, mayDefine } = createBlockSplitter().split(text, true)
      const blocks = settled.map((block) => block.text)
      const whole = parseDocument([text], 'x-')?.[0]
      const elements = mayDefine ? parseDocument(blocks, 'x-') : undefined
      if (elements) resolved += 1
      const parts = blocks.flatMap((block, index) => elements?.[index] ?? parseBlock(block))
      expect(comparable(parts)).toEqual(comparable(whole ?? parseBlock(text)))
    }
    for (const text of Object.values(CORPUS)) holds(text)
    fc.assert(
      fc.property(anyReferring, (lines) => holds(`Text\n\n${lines.join('\n')}`)),
      { numRuns: 700, seed: 1 },
    )
    expect(resolved).toBeGreaterThan(200)
  })

  it('leave blocks alone that have no bracket', () => {
    const elements = parseDocument(['one\n\n', '```\n[a]\n```\n', '[a]\n\n', '[a]: /url\n'], 'x-')
    expect(elements!.map((each) => each?.length)).toEqual([undefined, undefined, 1, 0])
  })
})

function comparable(elements: readonly ElementContent[]): unknown {
  return JSON.parse(JSON.stringify(elements, (key, value: unknown) => (key === 'position' ? undefined : value)))
}
