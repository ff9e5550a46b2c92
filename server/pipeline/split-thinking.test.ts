import { expect, test } from 'vitest'
import { piecesOf } from '#protocol/events.ts'
import type { ProviderEvent } from '#server/domain/provider-event.ts'
import { splitThinking } from './split-thinking.ts'

interface Reading {
  reasoning: string
  text: string
}

const PLAIN = (text: string): Reading => ({ reasoning: '', text })

test.each<[string, string, Reading]>([
  ['thoughts and an answer', '<think>Hm.</think>\n\nHello', { reasoning: 'Hm.', text: 'Hello' }],
  ['blank space before the tag', '\n <think>\nHm.\n</think>Hello', { reasoning: '\nHm.\n', text: 'Hello' }],
  ['thoughts that are blank', '<think>\n\n</think>\n\nHello', PLAIN('Hello')],
  ['thoughts alone', '<think>Hm. I', { reasoning: 'Hm. I', text: '' }],
  ['thoughts cut off in the closing tag', '<think>Hm.</thi', { reasoning: 'Hm.</thi', text: '' }],
  [
    'other tags inside the thoughts',
    '<think>a < b </b> </thin </think>x',
    { reasoning: 'a < b </b> </thin ', text: 'x' },
  ],
  ['a tag further on', 'Write `<think>` and </think>', PLAIN('Write `<think>` and </think>')],
  ['a second pair of tags', '<think>a</think>b <think>c</think>', { reasoning: 'a', text: 'b <think>c</think>' }],
  ['a tag that only begins alike', '<thinker>x', PLAIN('<thinker>x')],
  ['a beginning of the tag alone', '<thi', PLAIN('<thi')],
  ['blank space that belongs to an answer', '\n\n  code', PLAIN('\n\n  code')],
  ['no tag', 'Hello', PLAIN('Hello')],
])('%s, cut anywhere', (_name, input, expected) => {
  expect(read([input])).toEqual(expected)
  expect(read(input.split(''))).toEqual(expected)
  for (let at = 1; at < input.length; at++) {
    expect(read([input.slice(0, at), input.slice(at)]), `cut at ${at}`).toEqual(expected)
  }
})

test('closes the reasoning where the tag closes', () => {
  const events = splitThinking().push([delta('<think>a</think>b')])
  expect(events.map(({ type }) => type)).toEqual(['reasoning-delta', 'reasoning-end', 'text-delta'])
})

test('thoughts are not held back longer than a tag could be', () => {
  const filter = splitThinking()
  expect(filter.push([delta('<think>Let me </')])).toEqual([{ type: 'reasoning-delta', text: 'Let me ' }])
  expect(filter.push([delta('b>')])).toEqual([{ type: 'reasoning-delta', text: '</b>' }])
})

test('after reasoning of its own a vendor means the tag as it is written', () => {
  const events = [{ type: 'reasoning-delta', text: 'Hm' }, delta('<think>x')] satisfies ProviderEvent[]
  expect(splitThinking().push(events)).toEqual(events)
})

test('what is held comes out before the end of the stream', () => {
  const finish: ProviderEvent = { type: 'finish', reason: 'stop' }
  expect(splitThinking().push([delta(' <th'), finish])).toEqual([delta(' <th'), finish])
})

test('once the answer has begun, batches pass untouched', () => {
  const filter = splitThinking()
  filter.push([delta('Hello')])
  const batch = [delta('<think>')]
  expect(filter.push(batch)).toBe(batch)
})

function delta(text: string): ProviderEvent {
  return { type: 'text-delta', text }
}

test('pieces that were held back are counted with what comes after them', () => {
  const filter = splitThinking()
  const words = ['<th', 'ink>', 'so', ' it is', '</thi', 'nk>', 'Yes', '!']
  const events = [...words.flatMap((word) => [...filter.push([delta(word)])]), ...filter.end()]
  expect(events.reduce((sum, event) => sum + ('text' in event ? piecesOf(event) : 0), 0)).toBe(words.length)
})

test.each(['', '<think>'])('blanks without end behind %j keep nobody busy, and none is lost', (before) => {
  const filter = splitThinking()
  const startedAt = performance.now()
  const blanks = Array.from({ length: 60_000 }, () => '\n')
  const events = [before, ...blanks, 'Hi'].flatMap((piece) => [...filter.push([delta(piece)])])
  expect(performance.now() - startedAt).toBeLessThan(1_000)
  const type = before === '' ? 'text-delta' : 'reasoning-delta'
  expect(events).toMatchObject([{ type, text: `${blanks.join('')}Hi` }])
})

function read(pieces: readonly string[]): Reading {
  const filter = splitThinking()
  const events = [...pieces.flatMap((piece) => [...filter.push([delta(piece)])]), ...filter.end()]
  const reading = { reasoning: '', text: '' }
  for (const event of events) {
    if (event.type === 'text-delta') reading.text += event.text
    if (event.type === 'reasoning-delta') reading.reasoning += event.text
  }
  return reading
}
