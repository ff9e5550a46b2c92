import { mkdtemp, rename, rm, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createWalSync } from './wal-sync.ts'

describe('bringing the write-ahead log to the disk', () => {
  let folder: string
  let database: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-wal-'))
    database = join(folder, 'test.db')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  test('calls made while one runs share the next one', async () => {
    await writeFile(`${database}-wal`, 'x')
    const walSync = createWalSync(database)
    const first = walSync.sync()
    const second = walSync.sync()
    expect(second).not.toBe(first)
    expect(walSync.sync()).toBe(second)
    await Promise.all([first, second])
    expect(walSync.sync()).not.toBe(second)
    await walSync.close()
  })

  test('a failure is told to those who wait for it, and the next call tries again', async () => {
    const walSync = createWalSync(database)
    await expect(walSync.sync()).rejects.toMatchObject({ code: 'ENOENT' })
    await writeFile(`${database}-wal`, 'x')
    await walSync.sync()
    await walSync.close()
  })

  test('follows the file when it is replaced by another one', async () => {
    await writeFile(`${database}-wal`, 'x')
    const walSync = createWalSync(database)
    await walSync.sync()
    await writeFile(`${database}-new`, 'y')
    await rename(`${database}-new`, `${database}-wal`)
    await walSync.sync()
    await unlink(`${database}-wal`)
    await expect(walSync.sync()).rejects.toMatchObject({ code: 'ENOENT' })
    await walSync.close()
  })
})
