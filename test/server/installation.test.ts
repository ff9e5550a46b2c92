import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ask, followToEnd } from '../app/chat.ts'
import { startApp } from '../app/start-app.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
let dataDir: string

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'millrace-'))
})

afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

/** Starts the server with these settings and returns how it ended; it must not stay alive. */
function start(environment: Record<string, string>): { status: number | null; lines: string[] } {
  const { status, stderr, stdout } = spawnSync(process.execPath, ['server/main.ts', 'all'], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 45_000,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PORT: '0', DATA_DIR: dataDir, ...environment },
  })
  return { status, lines: `${stdout}${stderr}`.trim().split('\n') }
}

test('a port in use is said in one line that offers another', { timeout: 60_000 }, async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  const address = other.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const { status, lines } = start({ PORT: String(port) })
  other.close()
  expect(status).toBe(1)
  expect(lines).toEqual([expect.stringContaining(`Port ${port} is already in use`)])
  expect(lines[0]).toContain('PORT=')
})

test('a data folder that cannot be written to is said in one line', { timeout: 60_000 }, () => {
  const file = join(dataDir, 'file')
  writeFileSync(file, '')
  chmodSync(file, 0o444)
  const { status, lines } = start({ DATA_DIR: join(file, 'data') })
  expect(status).toBe(1)
  expect(lines).toEqual([expect.stringContaining('DATA_DIR')])
})

test(
  'a second server on the same data folder touches nothing and says so in one line',
  { timeout: 120_000 },
  async () => {
    await using first = await startApp({ env: { ALLOW_UNLISTED_MODELS: '1' } })
    const asked = await ask(first.baseUrl, 'count', 'demo/script;tokens=150;delay=25')
    const followed = followToEnd(first.baseUrl, asked.generationId)
    const { status, lines } = start({ DATA_DIR: first.dataDir })
    expect(status).toBe(1)
    expect(lines).toEqual([expect.stringContaining('Another Millrace already runs')])
    expect((await followed).answer).toMatchObject({ status: 'completed', attempt: 1 })
  },
)

test('a database of a newer version is left alone and said in one line', { timeout: 60_000 }, () => {
  expect(start({ HOST: 'nowhere.invalid', ALLOW_OPEN: '1' }).status).toBe(1)
  const file = join(dataDir, 'millrace.db')
  const database = new DatabaseSync(file)
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
  database.exec(`PRAGMA user_version = ${version + 1}`)
  database.close()
  const { status, lines } = start({})
  expect(status).toBe(1)
  expect(lines).toEqual([expect.stringMatching(/newer/)])
})

test('a file that is no database is left alone and said in one line', { timeout: 60_000 }, () => {
  writeFileSync(join(dataDir, 'millrace.db'), 'these are my holiday notes\n'.repeat(100))
  const { status, lines } = start({})
  expect(status).toBe(1)
  expect(lines).toEqual([expect.stringContaining('millrace.db')])
})

test('every wrong setting is named at once, with what it should be', { timeout: 60_000 }, () => {
  const { status, lines } = start({
    PORT: 'eighty',
    WORKERS: '0',
    OPENAI_BASE_URL: 'localhost:1234',
    LOG_LEVEL: 'loud',
  })
  expect(status).toBe(1)
  expect(lines).toHaveLength(4)
  for (const name of ['PORT', 'WORKERS', 'OPENAI_BASE_URL', 'LOG_LEVEL']) expect(lines.join('\n')).toContain(`${name}=`)
})

test('an address that others can reach is refused unless it is asked for', { timeout: 60_000 }, () => {
  const { status, lines } = start({ HOST: '0.0.0.0' })
  expect(status).toBe(1)
  expect(lines).toEqual([expect.stringContaining('ALLOW_OPEN=1')])
})

test('an unknown role shows how the program is used', { timeout: 60_000 }, () => {
  const { status, stderr } = spawnSync(process.execPath, ['server/main.ts', 'everything'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  expect(status).toBe(1)
  expect(stderr).toContain('Usage:')
})
