import { expect, test } from 'vitest'
import type { FinishReason } from '#protocol/events.ts'
import { toFinishReason } from './finish-reason.ts'

test.each<[string, FinishReason]>([
  ['stop', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['something_new', 'other'],
  ['constructor', 'other'],
  ['__proto__', 'other'],
])('%s is %s', (raw, reason) => {
  expect(toFinishReason(raw)).toBe(reason)
})
