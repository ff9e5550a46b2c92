import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createEventLogWriter } from './event-log-writer.ts'
import { appendResult, type LogBatch } from './log-batch.ts'
import { migrateEmbedded, openMigrated } from './migrate.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

describe('writing a batch', () => {
  let folder: string
  let connection: SqliteConnection
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-writer-'))
    const file = join(folder, 'millrace.db')
    await migrateEmbedded(file)
    connection = openMigrated(file)
  })
  afterEach(async () => {
    connection.close()
    await rm(folder, { recursive: true, force: true })
  })

  const nothing = {
    opens: [],
    drops: [],
    generationIds: [],
    epochs: [],
    afterSeqs: [],
    counts: [],
    types: '',
    json: '',
  }
  const opening = (...ids: string[]): LogBatch => ({
    ...nothing,
    version: 1,
    opens: ids.map((generationId) => ({ generationId, epoch: 1 })),
  })
  const appending = (...entries: [id: string, json: string][]): LogBatch => ({
    ...nothing,
    version: 1,
    generationIds: entries.map(([id]) => id),
    epochs: entries.map(() => 1),
    afterSeqs: entries.map(() => 0),
    counts: entries.map(() => 1),
    types: entries.map(() => 'text-delta').join('\n'),
    json: entries.map(([, json]) => json).join('\n'),
  })

  test('a commit that failed left nothing behind: the same batch can be sent again', () => {
    const writer = createEventLogWriter(connection)
    writer.apply(opening('a', 'b'))
    connection.database.exec(
      "CREATE TEMP TRIGGER full BEFORE INSERT ON event WHEN NEW.json = '{\"b\":1}' BEGIN SELECT RAISE(ABORT, 'disk full'); END",
    )
    const batch = appending(['a', '{"a":1}'], ['b', '{"b":1}'])
    expect(() => writer.apply(batch)).toThrow('disk full')
    connection.database.exec('DROP TRIGGER full')
    const outcome = writer.apply(batch)
    const written = { ok: true, lastSeq: 1, repeated: false }
    expect([appendResult(outcome, 0), appendResult(outcome, 1)]).toEqual([written, written])
    expect(connection.prepare('SELECT position, json FROM event').all()).toMatchObject([
      { position: 1, json: '{"a":1}' },
      { position: 2, json: '{"b":1}' },
    ])
  })

  test('dropping a log deletes its events and marks, and only its own', () => {
    const writer = createEventLogWriter(connection)
    writer.apply(opening('kept', 'dropped'))
    const count = 130
    for (let seq = 0; seq < count; seq++) {
      const batch = appending(['kept', '{}'], ['dropped', '{}'])
      const types = seq === count - 1 ? 'text-delta\nend' : batch.types
      writer.apply({ ...batch, types, afterSeqs: [seq, seq] })
    }
    writer.apply({ ...nothing, version: 1, drops: ['dropped'] })
    const left = (table: string) =>
      connection.prepare(`SELECT log_no, count(*) AS count FROM ${table} GROUP BY 1`).all()
    expect(left('event')).toMatchObject([{ log_no: 1, count }])
    expect(left('event_mark')).toMatchObject([{ log_no: 1, count: 2 }])
  })

  test('rows stand in the order in which they arrived, whatever log they belong to', () => {
    const writer = createEventLogWriter(connection)
    const ids = Array.from({ length: 40 }, (_, index) => `log ${index}`)
    writer.apply(opening(...ids))
    writer.apply(appending(...ids.map((id): [string, string] => [id, JSON.stringify(id)])))
    const stored = connection.prepare('SELECT json FROM event ORDER BY position').all()
    expect(stored.map((row) => row['json'])).toEqual(ids.map((id) => JSON.stringify(id)))
  })
})
