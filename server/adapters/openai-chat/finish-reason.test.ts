import { expect, test } from 'vitest'
import type { FinishReason } from '#protocol/events.ts'
import { toFinishReason } from './finish-reason.ts'

test.each<[string, FinishReason]>([
  ['stop', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['content_filter: RECITATION', 'content-filter'],
  ['PROHIBITED_CONTENT', 'content-filter'],
  ['function_call_filter: MALFORMED_FUNCTION_CALL', 'error'],
  ['guardrail_intervened', 'content-filter'],
  ['COMPLETE', 'stop'],
  ['something_new', 'other'],
  ['constructor', 'other'],
  ['__proto__', 'other'],
])('%s is %s', (raw, reason) => {
  expect(toFinishReason(raw)).toBe(reason)
})
