import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { hasWireRecordings } from '#test/wire/recordings.ts'
import { wireTable } from '#test/wire/wire-table.ts'

test.skipIf(!hasWireRecordings)(
  'docs/providers.md says of every folder of recordings how many are read rightly',
  () => {
    const table = wireTable()
    process.stdout.write(`\n${table}\n\n`)
    expect(readFileSync(new URL('../../docs/providers.md', import.meta.url), 'utf8')).toContain(table)
  },
)
