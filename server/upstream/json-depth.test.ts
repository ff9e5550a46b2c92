import { expect, test } from 'vitest'
import { isTooDeep } from './json-depth.ts'

test.each<[string, string, boolean]>([
  ['lists within lists', '['.repeat(20_000), true],
  ['objects within objects', '{"a":'.repeat(20_000), true],
  ['a long flat list', `[${'{},'.repeat(20_000)}1]`, false],
  ['brackets in a string', JSON.stringify('[{"'.repeat(20_000)), false],
  ['brackets behind an escaped quote', JSON.stringify({ a: `\\"${'['.repeat(20_000)}` }), false],
  ['brackets behind a string that ends in a backslash', `["\\\\",${'['.repeat(20_000)}`, true],
])('%s: %#', (_name, json, deep) => {
  expect(isTooDeep(json)).toBe(deep)
})
