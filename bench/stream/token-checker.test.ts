import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatToken } from './bench-token.ts'
import { createTokenChecker } from './token-checker.ts'

const TOTAL = 20
const tokens = Array.from({ length: TOTAL }, (_, index) => formatToken(3, index, 1000 + index))
const place = fc.nat({ max: TOTAL - 1 })

function faultsOf(pieces: readonly string[]): readonly string[] {
  const checker = createTokenChecker(3, TOTAL)
  for (const piece of pieces) checker.accept(piece)
  checker.end()
  return checker.faults()
}

test('a whole stream has no fault, however it is cut, and gives every send time', () => {
  const text = tokens.join('')
  fc.assert(
    fc.property(fc.array(fc.nat({ max: text.length })), (cuts) => {
      const places = [0, ...cuts.toSorted((one, other) => one - other), text.length]
      const checker = createTokenChecker(3, TOTAL)
      const sentMs = places.flatMap((start, index) => checker.accept(text.slice(start, places[index + 1])))
      checker.end()
      expect(checker.faults()).toEqual([])
      expect(checker.received()).toBe(TOTAL)
      expect(sentMs).toEqual(tokens.map((_, index) => 1000 + index))
    }),
  )
})

describe('notices', () => {
  test('a lost token, wherever it was', () => {
    fc.assert(fc.property(place, (index) => faultsOf(tokens.toSpliced(index, 1)).length > 0))
  })

  test('a doubled token, at once or later', () => {
    fc.assert(
      fc.property(place, place, (index, later) => {
        const doubled = tokens.toSpliced(Math.max(index, later) + 1, 0, tokens[index] ?? '')
        return faultsOf(doubled).length > 0
      }),
    )
  })

  test('two swapped tokens', () => {
    fc.assert(
      fc.property(place, place, (one, other) => {
        fc.pre(one !== other)
        const swapped = tokens.with(one, tokens[other] ?? '').with(other, tokens[one] ?? '')
        return faultsOf(swapped).length > 0
      }),
    )
  })

  test('a token of another stream', () => {
    expect(faultsOf(tokens.with(5, formatToken(4, 5, 1005)))).toContain('stream 3: got token 5 of stream 4')
  })

  test('a token too many, a damaged one and half of one', () => {
    expect(faultsOf([...tokens, formatToken(3, TOTAL, 1)])).toEqual(['stream 3: token 20 of only 20'])
    expect(faultsOf(tokens.with(5, '3.5 '))).toContain('stream 3: "3.5" is not a token')
    expect(faultsOf([...tokens, '3.'])).toEqual(['stream 3: ends inside of a token'])
  })

  test('a stream that ends early or brings nothing', () => {
    expect(faultsOf(tokens.slice(0, 7))).toEqual(['stream 3: ends after 7 of 20 tokens'])
    expect(faultsOf([])).toEqual(['stream 3: ends after 0 of 20 tokens'])
  })
})

test('counts a lost token as not received', () => {
  const checker = createTokenChecker(3, TOTAL)
  checker.accept(tokens.toSpliced(4, 2).join(''))
  expect(checker.received()).toBe(TOTAL - 2)
})

test('a reader that begins in the middle misses nothing from there on', () => {
  const checker = createTokenChecker(3, TOTAL, 5)
  checker.accept(tokens.slice(5).join(''))
  checker.end()
  expect(checker.faults()).toEqual([])
  expect([checker.received(), checker.next()]).toEqual([TOTAL - 5, TOTAL])
  const late = createTokenChecker(3, TOTAL, 5)
  late.accept(tokens.slice(6).join(''))
  expect(late.faults()).toEqual(['stream 3: token 5 is missing before token 6'])
})
