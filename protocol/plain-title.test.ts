import { expect, it } from 'vitest'
import { plainTitle } from './plain-title.ts'

it.each([
  ['  How do rivers\tcarry   stone?\nAnd sand?', 'How do rivers carry stone?'],
  [`${'a'.repeat(59)} b`, `${'a'.repeat(59)}…`],
  ['x'.repeat(70), `${'x'.repeat(60)}…`],
  ['👩‍🔬'.repeat(3), '👩‍🔬'.repeat(3)],
  [' \n ', ''],
])('%j is called %j', (question, title) => {
  expect(plainTitle(question)).toBe(title)
})
