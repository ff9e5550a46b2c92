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

const LONG_KEY = 'Zq7-server/openai+Canary~Kx93Wv0L5pTt=='

test.each([
  ['in base64', Buffer.from(LONG_KEY).toString('base64')],
  ['in base64, behind one letter', Buffer.from(`:${LONG_KEY}`).toString('base64')],
  ['in base64, behind two', Buffer.from(`u:${LONG_KEY}`).toString('base64')],
  ['in the alphabet of URLs', Buffer.from(`Bearer ${LONG_KEY}!`).toString('base64url')],
  ['in another case', LONG_KEY.toUpperCase()],
  ['percent-encoded in small letters', encodeURIComponent(LONG_KEY).toLowerCase()],
  ['without its end', LONG_KEY.slice(0, 20)],
  ['without its beginning', LONG_KEY.slice(-20)],
  ['in two halves', `${LONG_KEY.slice(0, 19)}\n${LONG_KEY.slice(19)}`],
])('a long key is masked %s', (_how, echoed) => {
  const redacted = createRedact(LONG_KEY)(`You sent ${echoed}, which is wrong.`)
  expect(redacted).toContain('[redacted]')
  expect(redacted).toMatch(/^You sent .* which is wrong\.$/s)
  for (let at = 0; at + 13 <= echoed.length; at++) expect(redacted).not.toContain(echoed.slice(at, at + 13))
})

test('several keys are masked, in a text whose letters change their length with their case too', () => {
  const other = 'Lc2-own/groq+Canary~Vb81Mz4I7oPp=='
  const redact = createRedact(LONG_KEY, undefined, other)
  expect(redact(`İ ${LONG_KEY} and ${other}`)).toBe('İ [redacted] and [redacted]')
  expect(redact(`İ ${LONG_KEY.slice(0, 25)}`)).toBe('İ [redacted]')
})

test('the words around a piece stay', () => {
  expect(createRedact(LONG_KEY)(`a${LONG_KEY.slice(4, 24)}b and Canary~Kx9`)).toBe('a[redacted]b and Canary~Kx9')
})

test('a text of any length takes no time: what nobody shows is cut', () => {
  const started = performance.now()
  expect(createRedact(LONG_KEY)(`${LONG_KEY}${'lorem ipsum '.repeat(2_000_000)}`)).toMatch(/^\[redacted\]lorem/)
  expect(performance.now() - started).toBeLessThan(500)
})
