import { expect, test } from 'vitest'
import type { ProviderEvent } from '#server/domain/provider-event.ts'
import { joinSurrogates } from './join-surrogates.ts'

const text = (words: string, pieces?: number): ProviderEvent =>
  pieces === undefined ? { type: 'text-delta', text: words } : { type: 'text-delta', text: words, pieces }
const thought = (words: string): ProviderEvent => ({ type: 'reasoning-delta', text: words })
const usage: ProviderEvent = { type: 'usage', usage: {} }

test('a half waits for its other half in the next delta', () => {
  const filter = joinSurrogates()
  expect(filter.push([text('A\ud83d')])).toEqual([text('A')])
  expect(filter.push([text('\ude00B')])).toEqual([text('\u{1F600}B')])
  expect(filter.end()).toEqual([])
})

test('also within one batch, and across usage', () => {
  expect(joinSurrogates().push([text('\ud83d'), usage, text('\ude00')])).toEqual([usage, text('\u{1F600}', 2)])
})

test.each<[string, ProviderEvent[], ProviderEvent[]]>([
  ['text of another kind', [text('A\ud83d'), thought('\ude00')], [text('A'), text('\uFFFD'), thought('\uFFFD')]],
  [
    'the end',
    [text('\ud83d'), { type: 'finish', reason: 'stop' }],
    [text('\uFFFD'), { type: 'finish', reason: 'stop' }],
  ],
  ['more text that does not fit', [text('\ud83d'), text('x')], [text('\uFFFDx', 2)]],
  ['nothing before it', [text('\ude00x')], [text('\uFFFDx')]],
])('a half that stays alone, because of %s, becomes the replacement character', (_name, events, expected) => {
  expect(joinSurrogates().push(events)).toEqual(expected)
})

test('a half that waits when the stream is over comes out', () => {
  const filter = joinSurrogates()
  filter.push([text('\ud83d')])
  expect(filter.end()).toEqual([text('\uFFFD')])
  expect(filter.end()).toEqual([])
})

test('whole text passes as the same array', () => {
  const batch = [text('A\u{1F600}'), usage]
  expect(joinSurrogates().push(batch)).toBe(batch)
})
