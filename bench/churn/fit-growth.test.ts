import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fitGrowth, isFlat } from './fit-growth.ts'

function series(values: readonly number[]) {
  return values.map((value, index) => ({ operations: (index + 1) * 500, value }))
}

test('a straight line is found as it is', () => {
  const growth = fitGrowth(series([10, 20, 30, 40]))
  expect(growth.perThousand).toBeCloseTo(20)
  expect(growth.error).toBeCloseTo(0)
  expect([growth.first, growth.last]).toEqual([10, 40])
})

test('a leak is seen through noise that is larger than one step of it', () => {
  const noise = [3, -4, 2, 5, -3, 0, -5, 4, 1, -2]
  const leaking = fitGrowth(series(noise.map((drift, index) => 100 + 4 * index + drift)))
  const steady = fitGrowth(series(noise.map((drift) => 100 + drift)))
  expect(isFlat(leaking, 1)).toBe(false)
  expect(isFlat(steady, 1)).toBe(true)
})

test('growth within the limit is flat, and so is a fall', () => {
  expect(isFlat(fitGrowth(series([1, 2, 3, 4])), 2)).toBe(true)
  expect(isFlat(fitGrowth(series([1, 2, 3, 4])), 1.9)).toBe(false)
  expect(isFlat(fitGrowth(series([4, 3, 2, 1])), 0)).toBe(true)
})

test('two checkpoints prove nothing', () => {
  expect(fitGrowth(series([1, 100])).error).toBe(Infinity)
  expect(isFlat(fitGrowth(series([1, 100])), 1)).toBe(true)
})

test('the slope does not depend on where the values begin', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 3, maxLength: 20 }), (values) => {
      const shifted = fitGrowth(series(values.map((value) => value + 5_000)))
      expect(shifted.perThousand).toBeCloseTo(fitGrowth(series(values)).perThousand, 6)
    }),
  )
})
