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
    ['Sure! Here is a title:\n\n**Rivers and stone**', 'Rivers and stone'],
    ['```text\nRivers and stone\n```', 'Rivers and stone'],
    ['- Rivers and stone', 'Rivers and stone'],
    ['Three kinds of stone:', 'Three kinds of stone:'],
    ['\u202EenotS\u202C \u001B[1m🪨', 'enotS [1m🪨'],
  ])('in %j is %j', (written, title) => {
    expect(titleIn(text(written))).toBe(title)
  })

  test('is not in what holds no words, and never longer than a line', () => {
    expect(titleIn(text(' \n "" '))).toBeUndefined()
    expect(titleIn(text('\u200B\u200B'))).toBeUndefined()
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

test('no character is cut in half where the question or the answer is shortened', () => {
  const by = { provider: 'p', model: 'm', requestedModel: 'p/m' }
  const long = text(`x${'🌊'.repeat(1_500)}`)
  expect(JSON.stringify(titleRequest(by, { question: long, answer: long }))).not.toMatch(/\\ud/)
})
