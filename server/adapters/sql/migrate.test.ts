import { existsSync, statSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { emptyAnswer } from '#protocol/fold.ts'
import type { Answer } from '#protocol/messages.ts'
import { openEmbeddedBackend } from './embedded-backend.ts'
import { migrateEmbedded } from './migrate.ts'
import { firstTables } from './migrations/0001-first-tables.ts'

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

  test('brings a database of the first version up to date, with what stands in it', async () => {
    run(`${firstTables}
      INSERT INTO conversation VALUES ('c', 'local', 'Old title', 'a', 1, 2, NULL);
      INSERT INTO conversation VALUES ('untitled', 'local', NULL, NULL, 1, 1, NULL);
      INSERT INTO message VALUES ('q', 'local', 'c', NULL, 'user', '[{"type":"text","text":"hi"}]', 1, NULL);
      INSERT INTO message VALUES ('a', 'local', 'c', 'q', 'assistant', '[]', 1, NULL);
      INSERT INTO generation (id, user_id, conversation_id, message_id, purpose, origin, status, provider, model,
        requested_model, request_json, due_at, created_at)
        VALUES ('g', 'local', 'c', 'a', 'answer', 'native', 'queued', 'demo', 'chat', 'demo/chat', '{}', 1, 1);
      PRAGMA application_id = ${0x4d494c4c}; PRAGMA user_version = 1`)
    await expect(open()).rejects.toMatchObject({ message: expect.stringContaining('older version') as unknown })
    await migrateEmbedded(file)
    const { store, close } = await open()
    expect(await store.getConversation('local', 'c')).toMatchObject({ title: 'Old title', running: 1, unread: false })
    const settled: Answer = { ...emptyAnswer(), status: 'completed', parts: [{ type: 'text', text: 'hello' }] }
    expect(await store.settle('g', settled, 3)).toBe(true)
    expect(await store.listMessages('local', 'c', { limit: 5, since: 0 })).toMatchObject([{ id: 'a', answer: settled }])
    expect(await store.getConversation('local', 'c')).toMatchObject({ title: 'Old title', unread: true })
    const parts = [{ type: 'text' as const, text: 'Now it has one' }]
    const turn = { userId: 'local', conversationId: 'untitled', now: 4, origin: 'native' as const, groupId: null }
    await store.startTurn({ ...turn, question: { kind: 'new', id: 'q2', parentId: null, parts }, answers: [] })
    expect(await store.getConversation('local', 'untitled')).toMatchObject({ title: 'Now it has one' })
    await close()
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
