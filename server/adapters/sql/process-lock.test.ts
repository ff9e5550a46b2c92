import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { takeProcessLock } from './process-lock.ts'

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'))
  file = join(folder, 'lock')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('only one holds the lock, until it is released', () => {
  const first = takeProcessLock(file, 0)
  expect(first).toBeDefined()
  expect(takeProcessLock(file, 0)).toBeUndefined()
  first?.release()
  const second = takeProcessLock(file, 0)
  expect(second).toBeDefined()
  second?.release()
})

test('a killed process holds no lock', async () => {
  const module = new URL('./process-lock.ts', import.meta.url).href
  const script = `const { takeProcessLock } = await import(${JSON.stringify(module)})
    globalThis.lock = takeProcessLock(${JSON.stringify(file)}, 0)
    console.log('locked')
    setInterval(() => {}, 1000)`
  const other = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(other.stdout, 'data')
  expect(takeProcessLock(file, 0)).toBeUndefined()
  other.kill('SIGKILL')
  await once(other, 'exit')
  const lock = takeProcessLock(file, 0)
  expect(lock).toBeDefined()
  lock?.release()
})
