import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tokenise } from './tokenise.ts'

test('tokens joined are the text again, whatever it holds, and no character is cut in two', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })), (text) => {
      const tokens = tokenise(text)
      expect(tokens.join('')).toBe(text)
      for (const token of tokens) expect(token.isWellFormed()).toBe(true)
    }),
  )
})

test('tokens are about as long as those of models', () => {
  const text = 'Congratulations, the mill-race carries water to the wheel; nothing else is needed.\n\n- one\n- two\n'
  const tokens = tokenise(text)
  expect(text.length / tokens.length).toBeGreaterThan(2.5)
  expect(text.length / tokens.length).toBeLessThan(6)
})
