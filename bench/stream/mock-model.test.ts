import { expect, test } from 'vitest'
import { mockMessage, mockModel, readMockAnswer, type MockAnswer } from './mock-model.ts'

function request(...answers: MockAnswer[]): string {
  const messages = answers.map((answer) => ({ role: 'user', content: mockMessage(answer) }))
  return JSON.stringify({ model: answers.map(mockModel).at(-1), messages })
}

test('what is asked of the mock is found again in the request', () => {
  const plain = { stream: 3, tokens: 20, rate: 0.5 }
  const full = { stream: 4, tokens: 20, rate: 0, burst: 7, waitMs: 900 }
  expect(readMockAnswer(request(plain))).toEqual({ ...plain, burst: 0, waitMs: 0 })
  expect(readMockAnswer(request(full))).toEqual(full)
  expect(readMockAnswer(request({ ...plain, waitMs: 5 }))).toEqual({ ...plain, burst: 0, waitMs: 5 })
  expect(readMockAnswer('{}')).toBeUndefined()
})

test('in a conversation the last question counts', () => {
  const [first, second] = [1, 2].map((stream) => ({ stream, tokens: 5, rate: 1 }))
  expect(first && second && readMockAnswer(request(first, second))?.stream).toBe(2)
})
