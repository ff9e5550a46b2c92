import { expect, test } from 'vitest'
import { formatCursor, LOG_START, parseCursor } from './cursor.ts'

test('a cursor survives being written and read', () => {
  expect(parseCursor(formatCursor({ epoch: 3, seq: 1_204 }))).toEqual({ epoch: 3, seq: 1_204 })
  expect(formatCursor(LOG_START)).toBe('0-0')
})

test.each(['', '1', '1-', '-1', '1-2-3', ' 1-2', '1-2\n', 'a-b', '1.5-2', '9999999999999999-1'])(
  '%j is not a cursor',
  (text) => {
    expect(parseCursor(text)).toBeUndefined()
  },
)
