import { describe, expect, test } from 'vitest'
import type { MessagePart } from '#protocol/messages.ts'
import { contextOverflow } from './context-overflow.ts'
import { countCharacters, leastTokens } from './least-tokens.ts'

const prompt = (text: string) => ({
  systemPrompt: undefined,
  messages: [{ role: 'user' as const, parts: [{ type: 'text' as const, text }] }],
})
const least = (text: string) => leastTokens(prompt(text))

describe('the least that a text can have', () => {
  // As many as they have where every word, even a Chinese one, and every three digits are one token, and marks are none.
  test.each([
    ['English', 'The quick brown fox jumps over the lazy dog. '.repeat(100), 1_000],
    ['digits', '1234567890'.repeat(100), 334],
    ['Chinese', '人工智能正在改变世界。'.repeat(100), 400],
    ['spaces', ' '.repeat(1_000), 0],
    ['dashes', '-'.repeat(1_000), 0],
    ['lines of a table', '| --- | --- |\n'.repeat(100), 0],
    ['letters between Chinese', '用API写a和b'.repeat(100), 500],
  ])('is no more than it has: %s', (_what, text, tokens) => {
    expect(least(text)).toBeLessThanOrEqual(tokens)
  })

  test('is still enough to notice what is twice too long', () => {
    expect(least('The quick brown fox jumps over the lazy dog. '.repeat(100))).toBeGreaterThan(1_000 / 2)
    expect(least('人工智能正在改变世界。'.repeat(100))).toBeGreaterThan(600 / 4)
    expect(least('it’s well-known that U.S. don_t'.repeat(10))).toBeGreaterThan(0)
  })

  test('never exceeds its characters, counts what tools said, and leaves out what may stay behind', () => {
    for (const text of ['a b c d', '中a中a', 'a.b-c', '一'])
      expect(least(text)).toBeLessThanOrEqual(countCharacters(prompt(text)))
    const parts: MessagePart[] = [
      { type: 'reasoning', text: 'many words of a thought' },
      { type: 'image', fileId: 'f', mediaType: 'image/png' },
      { type: 'tool-result', toolCallId: 'c', content: 'one two three four' },
    ]
    expect(leastTokens({ systemPrompt: undefined, messages: [{ role: 'user', parts }] })).toBe(3)
  })

  test('is counted in no time that anybody notices', () => {
    const text = 'word 漢字 '.repeat(150_000)
    const before = performance.now()
    least(text)
    expect(performance.now() - before).toBeLessThan(1_000)
  })
})

describe('a request', () => {
  const request = (words: number, contextLength: number | null | undefined) => ({
    ...prompt('word '.repeat(words)),
    model: 'small',
    parameters: {},
    generationId: 'g',
    ...(contextLength === undefined ? {} : { known: { contextLength } }),
  })

  test('that certainly does not fit is named with both numbers', () => {
    expect(contextOverflow(request(20_000, 8_192))).toEqual({
      kind: 'context-length',
      message: 'The conversation has at least 15,000 tokens, and small takes 8,192.',
      retryable: false,
    })
  })

  test('that may fit, or of which nothing is known, is left to the vendor', () => {
    expect(contextOverflow(request(8_000, 8_192))).toBeUndefined()
    expect(contextOverflow(request(10_922, 8_192))).toBeUndefined()
    expect(contextOverflow(request(10_923, 8_192))).toBeDefined()
    expect(contextOverflow(request(1_000_000, null))).toBeUndefined()
    expect(contextOverflow(request(1_000_000, undefined))).toBeUndefined()
  })
})
