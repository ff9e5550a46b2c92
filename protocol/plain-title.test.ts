import { expect, it } from 'vitest'
import { plainTitle } from './plain-title.ts'

it.each([
  ['  How do rivers\tcarry   stone?\nAnd sand?', 'How do rivers carry stone?'],
  [`${'a'.repeat(59)} b`, `${'a'.repeat(59)}…`],
  ['x'.repeat(70), `${'x'.repeat(60)}…`],
  ['👩‍🔬'.repeat(3), '👩‍🔬'.repeat(3)],
  [' \n ', ''],
  ['\u202Etxt.exe\u202C and \u0007bells\u0000', 'txt.exe and bells'],
  ['\u200B\u200D', ''],
  ['مرحبا بالعالم', 'مرحبا بالعالم'],
])('%j is called %j', (question, title) => {
  expect(plainTitle(question)).toBe(title)
})
