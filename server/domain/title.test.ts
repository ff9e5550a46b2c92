import { describe, expect, test } from 'vitest'
import { titledQuestion, titleIn, titleRequest } from './title.ts'

const text = (words: string) => [{ type: 'text' as const, text: words }]

describe('a title', () => {
  test.each([
    ['How rivers carry stone', 'How rivers carry stone'],
    ['  "How rivers carry stone."\n', 'How rivers carry stone'],
    ['# **How rivers carry stone**', 'How rivers carry stone'],
    ['Title: How rivers carry stone', 'How rivers carry stone'],
    ['«Wie Flüsse Steine tragen»', 'Wie Flüsse Steine tragen'],
    ['Rivers and stone\n\nI chose this because it is short.', 'Rivers and stone'],
    ['C# or F#?', 'C# or F#?'],
  ])('in %j is %j', (written, title) => {
    expect(titleIn(text(written))).toBe(title)
  })

  test('is not in what holds no words, and never longer than a line', () => {
    expect(titleIn(text(' \n "" '))).toBeUndefined()
    expect(titleIn([{ type: 'reasoning', text: 'A title, then.' }])).toBeUndefined()
    expect(titleIn(text('word '.repeat(100)))?.length).toBeLessThanOrEqual(61)
  })
})

test('the request for a title holds the question and the answer, shortened, and leaves its own question readable', () => {
  const by = { provider: 'p', model: 'm', requestedModel: 'p/m' }
  const request = titleRequest(by, { question: text('Why? '.repeat(1_000)), answer: text('Because.') })
  expect(request).toMatchObject({ ...by, parameters: { thinking: false, maxOutputTokens: 1_000 } })
  const [message] = 'messages' in request.branch ? request.branch.messages : []
  const asked = message?.parts[0]?.type === 'text' ? message.parts[0].text : ''
  expect(asked.length).toBeLessThan(2_100)
  expect(asked).toContain('Because.')
  expect(titledQuestion(asked)).toMatch(/^Why\? .*…$/)
})
