import { spawnSync } from 'node:child_process'
import { existsSync, openSync } from 'node:fs'
import { expect, test } from 'vitest'

const PRINT = `
  import { createLogger, surviveUnwritableOutput } from ${JSON.stringify(new URL('./logger.ts', import.meta.url).href)}
  surviveUnwritableOutput()
  const logger = createLogger('warn', 'test')
  for (let line = 0; line < 100; line++) logger.warn({}, 'x'.repeat(10_000))
  process.stdout.write('out')
  process.stderr.write('error')
  setTimeout(() => process.exit(7), 100)
`

test.skipIf(!existsSync('/dev/full'))('a log on a full disk loses lines, and ends no process (needs /dev/full)', () => {
  const full = openSync('/dev/full', 'w')
  const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', PRINT], {
    stdio: ['ignore', full, full],
  })
  expect(status).toBe(7)
})
