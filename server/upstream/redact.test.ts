import { expect, test } from 'vitest'
import { createRedact } from './redact.ts'

test('the own key is masked wherever it stands, also encoded', () => {
  const redact = createRedact('my/own"key+')
  expect(redact('my/own"key+ and my/own"key+')).toBe('[redacted] and [redacted]')
  expect(redact('?key=my%2Fown%22key%2B')).toBe('?key=[redacted]')
  expect(redact('{"key":"my/own\\"key+"}')).toBe('{"key":"[redacted]"}')
})

test.each([
  'sk-proj-abcdefghij0123456789',
  'sk-CANARY-0123456789abcdef',
  'gsk_abcdefghijklmnop',
  'xai-abcdefghijklmnop',
  'AIzaSyA-0123456789abcdefghijk',
  'Bearer abcdef.ghijkl',
])('what has the shape of a key is masked although it is not ours: %s', (key) => {
  expect(createRedact(undefined)(`You sent ${key}.`)).not.toContain(key.slice(-6))
})

test('placeholders that local servers are given do not garble words', () => {
  expect(createRedact('none')('none of the models')).toBe('none of the models')
  expect(createRedact('')('nothing')).toBe('nothing')
})

test('words that only look a little like keys stay', () => {
  const text = 'Rate limit reached for org-ABC on tokens per min, see https://platform.openai.com/account/api-keys'
  expect(createRedact('sk-our-own-key')(text)).toBe(text)
})
