import { expect, test } from 'vitest'
import { createToolCallCollector } from './tool-calls.ts'

const piece = (fields: object, index?: number, id?: string) => ({ index, id, function: fields })

test.each<[string, object[], [string, string, string][]]>([
  [
    'pieces by index, interleaved',
    [
      piece({ name: 'f', arguments: '' }, 0, 'a'),
      piece({ name: 'g', arguments: '' }, 1, 'b'),
      piece({ arguments: '{1' }, 0),
      piece({ arguments: '{2}' }, 1),
      piece({ arguments: '}' }, 0),
    ],
    [
      ['a', 'f', '{1}'],
      ['b', 'g', '{2}'],
    ],
  ],
  [
    'no index at all',
    [
      piece({ name: 'f', arguments: '{' }, undefined, 'a'),
      piece({ arguments: '}' }),
      piece({ name: 'g' }, undefined, 'b'),
    ],
    [
      ['a', 'f', '{}'],
      ['b', 'g', '{}'],
    ],
  ],
  [
    'every call numbered 0',
    [piece({ name: 'f', arguments: '{}' }, 0, 'a'), piece({ name: 'g', arguments: '{}' }, 0, 'b')],
    [
      ['a', 'f', '{}'],
      ['b', 'g', '{}'],
    ],
  ],
  [
    'id and name repeated in each piece',
    [piece({ name: 'f', arguments: '{' }, 0, 'a'), piece({ name: 'f', arguments: '}' }, 0, 'a')],
    [['a', 'f', '{}']],
  ],
  [
    'whole calls without index or id',
    [
      piece({ name: 'f', arguments: '{}' }),
      piece({ name: 'f', arguments: '{"a":1}' }),
      piece({ name: 'g', arguments: '{}' }),
    ],
    [
      ['call_0', 'f', '{}'],
      ['call_1', 'f', '{"a":1}'],
      ['call_2', 'g', '{}'],
    ],
  ],
  [
    'name repeated in each piece, without an id',
    [
      piece({ name: 'f', arguments: '{"a":{}' }, 0),
      piece({ name: 'f', arguments: '}' }, 0),
      piece({ name: 'f', arguments: '' }, 0),
    ],
    [['call_0', 'f', '{"a":{}}']],
  ],
  ['arguments as an object', [piece({ name: 'f', arguments: { a: 1 } }, 0, 'a')], [['a', 'f', '{"a":1}']]],
  ['no id', [piece({ name: 'f' }, 0)], [['call_0', 'f', '{}']]],
])('%s', (_name, pieces, calls) => {
  const collector = createToolCallCollector()
  for (const each of pieces) collector.add(each)
  expect(collector.take().map((call) => [call.toolCallId, call.name, call.arguments])).toEqual(calls)
  expect(collector.take()).toEqual([])
})
