import { expect, test } from 'vitest'
import { atMost, kibibytes, mebibytes, micros, millis, times } from './finding.ts'

test('figures have three digits that matter', () => {
  expect([0.4567, 1, 12.34, 123.4, 1234.5].map(millis)).toEqual(['0.46 ms', '1 ms', '12.3 ms', '123 ms', '1235 ms'])
  expect([mebibytes(3 * 2 ** 20), kibibytes(1536), micros(NaN), times(0.015), times(2)]).toEqual([
    '3 MiB',
    '1.5 KiB',
    '– µs',
    '0.015×',
    '2×',
  ])
})

test('a limit is reached up to its very value, and never by what was not measured', () => {
  const reached = (value: number) => atMost('G9', 'p99', value, 100, millis).reached
  expect([reached(100), reached(100.01), reached(NaN)]).toEqual([true, false, false])
  expect(atMost('G9', 'p99', 7, 100, millis)).toMatchObject({ measured: '7 ms', limit: '≤ 100 ms' })
})
