// @vitest-environment node
import { describe, expect, it } from 'vitest'
import { finishedSentences, spoken } from './finished-sentences.ts'

describe('finishedSentences', () => {
  it.each([
    ['One. Two', 'One.'],
    ['Costs 3.5', ''],
    ['Done.', ''],
    ['A paragraph\n\nand', 'A paragraph\n\n'],
    ['水車。次', '水車。'],
    ['He said “no.” And', 'He said “no.”'],
  ])('of %j is %j', (text, finished) => {
    expect(text.slice(0, finishedSentences(text))).toBe(finished)
  })
})

describe('spoken', () => {
  it('leaves the marks out and keeps the words', () => {
    expect(spoken('## A **bold** [link](http://x) and `code`\n- item')).toBe('A bold link and code item')
  })
})
