import { expect, test } from 'vitest'
import { createTranscript } from './transcript.ts'

const WORD = '{"type":"text-delta","text":"a","at":1}'
const END = '{"type":"end","status":"completed","at":2}'

function read(...events: [after: number, id: string, data: string][]): string[] {
  const faults: string[] = []
  const transcript = createTranscript((what) => faults.push(what))
  for (const event of events) transcript.accept(...event)
  return faults
}

test('takes the same events from every reader, also from one that goes back', () => {
  expect(read([0, '1-1', WORD], [1, '1-2', WORD], [0, '1-1', WORD], [2, '3-3', END], [2, '3-3', END])).toEqual([])
})

test.each<[string, [number, string, string][]]>([
  [
    'a gap',
    [
      [0, '1-1', WORD],
      [1, '1-3', WORD],
    ],
  ],
  [
    'an event twice',
    [
      [0, '1-1', WORD],
      [1, '1-1', WORD],
    ],
  ],
  [
    'other text at the same place',
    [
      [0, '1-1', WORD],
      [0, '1-1', END],
    ],
  ],
  [
    'another epoch at the same place',
    [
      [0, '1-1', WORD],
      [0, '2-1', WORD],
    ],
  ],
  [
    'an epoch that goes back',
    [
      [0, '2-1', WORD],
      [1, '1-2', WORD],
    ],
  ],
  [
    'something after the end',
    [
      [0, '1-1', END],
      [1, '1-2', WORD],
    ],
  ],
  ['an id that is no cursor', [[0, 'x', WORD]]],
])('notices %s', (_, events) => {
  expect(read(...events)).not.toEqual([])
})
