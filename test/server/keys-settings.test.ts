import { expect, test } from 'vitest'
import { readSettings } from '#server/config.ts'

function settingsOf(environment: Record<string, string>) {
  const read = readSettings(environment)
  if (!read.ok) throw new Error(read.problems.join('\n'))
  return read.settings
}

test('a master key that is too short is refused at start, in words that do not repeat it', () => {
  const read = readSettings({ SECRET_KEY: 'too-short-secret' })
  expect(read).toEqual({
    ok: false,
    problems: ['SECRET_KEY is too short. Use 32 random bytes (openssl rand -base64 32), or 20 characters and more.'],
  })
})

test('one that is long enough is taken, and none does as well', () => {
  expect(settingsOf({ SECRET_KEY: 'f'.repeat(64) }).secretKey).toBe('f'.repeat(64))
  expect(settingsOf({ SECRET_KEY: ' a passphrase of some length ' }).secretKey).toBe('a passphrase of some length')
  expect(settingsOf({}).secretKey).toBeUndefined()
})

test.each([
  ['127.0.0.1', {}, 'loopback'],
  ['::1', {}, 'loopback'],
  ['localhost', {}, 'loopback'],
  ['0.0.0.0', { ALLOW_OPEN: '1' }, 'none'],
  ['192.168.0.7', { ALLOW_OPEN: '1' }, 'none'],
  ['0.0.0.0', { ALLOW_OPEN: '1', ALLOW_PRIVATE_BASE_URLS: '1' }, 'all'],
  ['127.0.0.1', { ALLOW_PRIVATE_BASE_URLS: '1' }, 'all'],
])('addresses of users on a server at %s with %j: %s', (HOST, more, allowed) => {
  expect(settingsOf({ HOST, ...more }).privateBaseUrls).toBe(allowed)
})
