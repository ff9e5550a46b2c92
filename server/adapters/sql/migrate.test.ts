import { existsSync, statSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openEmbeddedBackend } from './embedded-backend.ts'
import { migrateEmbedded } from './migrate.ts'

describe('migrating the database', () => {
  let folder: string
  let file: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-migrate-'))
    file = join(folder, 'millrace.db')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const run = (sql: string): void => {
    const database = new DatabaseSync(file)
    database.exec(sql)
    database.close()
  }
  const open = () => openEmbeddedBackend({ file, clock: { now: () => 1, newId: () => 'id' }, onLogCommit: () => {} })

  test('creates the file with one local user; a second time changes nothing', async () => {
    await migrateEmbedded(file)
    await migrateEmbedded(file)
    const database = new DatabaseSync(file, { readOnly: true })
    expect(database.prepare('SELECT id FROM user').all()).toMatchObject([{ id: 'local' }])
    expect(database.prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'wal' })
    database.close()
    await (await open()).close()
  })

  test('writes nothing to a database that needs nothing, so that a full disk keeps no server from starting', async () => {
    await migrateEmbedded(file)
    const backend = await open()
    const written = () => statSync(`${file}-wal`).size
    const before = written()
    await migrateEmbedded(file)
    expect(written()).toBe(before)
    await backend.close()
  })

  test('refuses a database of a newer version and names both versions', async () => {
    await migrateEmbedded(file)
    run('PRAGMA user_version = 99')
    const newer = { code: 'database-newer', message: expect.stringMatching(/version 99.*Install/) as unknown }
    await expect(migrateEmbedded(file)).rejects.toMatchObject(newer)
    await expect(open()).rejects.toMatchObject(newer)
  })

  test('refuses a file that is not a database and leaves it as it is', async () => {
    await writeFile(file, 'these are my holiday notes, not a database. '.repeat(100))
    const unreadable = { code: 'database-unreadable', message: expect.stringContaining('is not a database') as unknown }
    await expect(migrateEmbedded(file)).rejects.toMatchObject(unreadable)
    await expect(open()).rejects.toMatchObject(unreadable)
  })

  test("refuses another program's database and leaves it as it is", async () => {
    run('CREATE TABLE recipe (name TEXT)')
    const foreign = { code: 'database-unreadable', message: expect.stringContaining('another program') as unknown }
    await expect(migrateEmbedded(file)).rejects.toMatchObject(foreign)
    const database = new DatabaseSync(file)
    expect(database.prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'delete' })
    database.close()
  })

  test('says what to do when the folder does not exist', async () => {
    const missing = join(folder, 'nowhere', 'millrace.db')
    await expect(migrateEmbedded(missing)).rejects.toMatchObject({ code: 'database-unreadable' })
  })

  test('a file that was never migrated is not opened, and none is made', async () => {
    await expect(open()).rejects.toMatchObject({ code: 'database-unreadable' })
    expect(existsSync(file)).toBe(false)
    await writeFile(file, '')
    await expect(open()).rejects.toMatchObject({ code: 'database-unreadable' })
  })
})
