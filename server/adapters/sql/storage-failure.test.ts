import { DatabaseSync } from 'node:sqlite'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { StoreRequest } from './backend-messages.ts'
import { createBackendCalls } from './backend-calls.ts'
import { createEventLogWriter } from './event-log-writer.ts'
import type { LogBatch } from './log-batch.ts'
import { migrateEmbedded, openMigrated } from './migrate.ts'
import type { SqliteConnection } from './sqlite-connection.ts'
import { storageFailure } from './storage-failure.ts'

const LONG = 'x'.repeat(200_000)

describe('a disk without room', () => {
  let folder: string
  let file: string
  let connection: SqliteConnection
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-storage-'))
    file = join(folder, 'test.db')
    await migrateEmbedded(file)
    connection = openMigrated(file, { busyWaitMs: 20 })
  })
  afterEach(async () => {
    connection.close()
    await rm(folder, { recursive: true, force: true })
  })

  const setRoom = (pages: number): void => connection.database.exec(`PRAGMA max_page_count = ${pages}`)
  const fill = (): void => setRoom(Number(connection.prepare('PRAGMA page_count').get()?.['page_count']))
  const codeOf = (act: () => unknown): string | undefined => {
    try {
      act()
    } catch (error) {
      return storageFailure(error)?.code
    }
    return 'nothing was thrown'
  }
  const append = (afterSeq: number, text: string): LogBatch => ({
    opens: [],
    drops: [],
    generationIds: ['g'],
    epochs: [1],
    afterSeqs: [afterSeq],
    counts: [1],
    types: 'text-delta',
    json: JSON.stringify({ type: 'text-delta', text }),
    version: 1,
  })

  test('of an append that found no room nothing is stored, and the same one succeeds when there is room', () => {
    const writer = createEventLogWriter(connection)
    writer.apply({ ...append(0, 'a'), opens: [{ generationId: 'g', epoch: 1 }] })
    fill()
    expect(codeOf(() => writer.apply(append(1, LONG)))).toBe('storage-full')
    expect(codeOf(() => writer.apply(append(1, LONG)))).toBe('storage-full')
    setRoom(1_000_000)
    expect(writer.apply(append(1, LONG))).toMatchObject({ appends: [0], lastSeqs: [2], added: 1 })
    const events = connection.prepare('SELECT seq FROM event ORDER BY position').all()
    expect(events.map((row) => row['seq'])).toEqual([1, 2])
    expect(connection.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
  })

  test('of a call that found no room nothing is stored, and reads go on', () => {
    const calls = createBackendCalls(connection)
    const create = (id: string, title: string): StoreRequest => ({
      kind: 'store',
      id: 1,
      name: 'createConversation',
      args: [{ id, userId: 'local', title, now: 1 }],
    })
    const list = (): unknown =>
      calls.run({ kind: 'store', id: 2, name: 'listConversations', args: ['local', { limit: 9 }] }).value
    calls.run(create('short', 'a'))
    fill()
    expect(codeOf(() => calls.run(create('long', LONG)))).toBe('storage-full')
    expect(list()).toMatchObject([{ id: 'short' }])
    setRoom(1_000_000)
    calls.run(create('long', LONG))
    expect(list()).toHaveLength(2)
  })

  test('a lock that another program keeps is told apart from it', () => {
    const other = new DatabaseSync(file)
    other.exec('BEGIN EXCLUSIVE')
    expect(codeOf(() => connection.write(() => {}))).toBe('storage-busy')
    other.close()
    expect(connection.write(() => 'done')).toBe('done')
  })

  test('so is a database that may not be written', () => {
    connection.database.exec('PRAGMA query_only = ON')
    expect(codeOf(() => connection.database.exec('DELETE FROM catalogue'))).toBe('storage-failed')
  })
})

test.each([
  [{ errcode: 13 }, 'storage-full'],
  [{ code: 'ENOSPC' }, 'storage-full'],
  [{ code: 'EDQUOT' }, 'storage-full'],
  // SQLITE_IOERR_WRITE: a quota or a limit on the size of files
  [{ errcode: 778 }, 'storage-failed'],
  // SQLITE_IOERR_SHMSIZE
  [{ errcode: 4874 }, 'storage-failed'],
  [{ code: 'EIO' }, 'storage-failed'],
  // SQLITE_BUSY_SNAPSHOT
  [{ errcode: 517 }, 'storage-busy'],
  // A damaged file, a broken constraint, a fault of ours
  [{ errcode: 11 }, undefined],
  [{ errcode: 19 }, undefined],
  [{ code: 'ENOENT' }, undefined],
  [new TypeError('x is not a function'), undefined],
])('%j is %s', (error, code) => {
  expect(storageFailure(error)?.code).toBe(code)
})
