import { expect, test } from 'vitest'
import { spreadOf } from './percentile.ts'

test('percentiles are ranks of the sorted values', () => {
  const shuffled = Array.from({ length: 200 }, (_, index) => ((index * 77) % 200) + 1)
  expect(spreadOf(shuffled)).toEqual({ count: 200, p50: 100, p99: 198, max: 200 })
})

test('one value is every percentile, and none is no number', () => {
  expect(spreadOf([7])).toEqual({ count: 1, p50: 7, p99: 7, max: 7 })
  expect(spreadOf([])).toEqual({ count: 0, p50: NaN, p99: NaN, max: NaN })
})
