import { expect, test } from 'vitest'
import { durationMs } from './duration.ts'

test.each<[string, number | undefined]>([
  ['20ms', 20],
  ['7.66s', 7_660],
  ['6m0s', 360_000],
  ['1h2m3.5s', 3_723_500],
  ['26 seconds', 26_000],
  ['1 minute', 60_000],
  ['2 hours 30 mins', 9_000_000],
  ['20s. Visit our page', 20_000],
  ['1 day', 86_400_000],
  ['0.4ms', 1],
  ['12', undefined],
  ['soon', undefined],
  ['9 lives', undefined],
  ['9 constructor', undefined],
  ['99999d', undefined],
  ['', undefined],
])('%j is %s ms', (text, milliseconds) => {
  expect(durationMs(text)).toBe(milliseconds)
})
