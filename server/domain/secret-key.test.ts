import { expect, test } from 'vitest'
import { readSecretKey } from './secret-key.ts'

const BYTES = Buffer.alloc(32, 0xfb)

test.each(['hex', 'base64', 'base64url'] as const)('32 bytes are taken as they are, in %s', (form) => {
  const read = readSecretKey(BYTES.toString(form))
  expect(read && 'bytes' in read && Buffer.from(read.bytes).equals(BYTES)).toBe(true)
})

test('anything else that is long enough is a passphrase, and shorter ones are refused', () => {
  expect(readSecretKey('f'.repeat(63))).toEqual({ passphrase: 'f'.repeat(63) })
  expect(readSecretKey('twenty characters!!!')).toEqual({ passphrase: 'twenty characters!!!' })
  expect(readSecretKey('nineteen characters')).toBeUndefined()
  expect(readSecretKey('')).toBeUndefined()
})
