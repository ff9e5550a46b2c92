import { describe, expect, it } from 'vitest'
import { formatFeedCursor, parseFeedCursor, parseFollowed } from './feed-cursor.ts'

describe('a place in the feed', () => {
  it.each(['', '7', '7;a-1:1-2', '0;a:1-2,b:0-0', ';a:3-4'])('%j reads back as it was written', (text) => {
    expect(formatFeedCursor(parseFeedCursor(text)!)).toBe(text)
  })

  it.each(['x', '-1', '1;a:1', '1;a:1-2,', '1;a:1-2;b:1-2', '1;a b:1-2', '1'.repeat(16)])('%j is none', (text) => {
    expect(parseFeedCursor(text)).toBeUndefined()
  })

  it('a generation without a cursor begins at its start', () => {
    expect(parseFollowed('a,b:1-2')).toEqual(
      new Map([
        ['a', { epoch: 0, seq: 0 }],
        ['b', { epoch: 1, seq: 2 }],
      ]),
    )
  })
})
