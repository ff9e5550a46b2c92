import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openConnection, type SqliteConnection } from './sqlite-connection.ts'

describe('a connection', () => {
  let folder: string
  let connection: SqliteConnection
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-connection-'))
    connection = openConnection(join(folder, 'test.db'), { readOnly: false })
    connection.database.exec('CREATE TABLE number (value INTEGER PRIMARY KEY) STRICT')
  })
  afterEach(async () => {
    connection.close()
    await rm(folder, { recursive: true, force: true })
  })

  const insert = (value: number): void => void connection.prepare('INSERT INTO number VALUES (?)').run(value)
  const values = (from = connection) =>
    from
      .prepare('SELECT value FROM number')
      .all()
      .map((row) => row['value'])

  test('a transaction that throws leaves nothing behind, and the next one works', () => {
    const failing = () =>
      connection.write(() => {
        insert(1)
        insert(1)
      })
    expect(failing).toThrow('UNIQUE')
    connection.write(() => insert(2))
    expect(values()).toEqual([2])
  })

  test('what is deleted or replaced does not stay in the file', () => {
    connection.database.exec('CREATE TABLE secret (name TEXT PRIMARY KEY, value TEXT) STRICT, WITHOUT ROWID')
    for (const name of ['replaced', 'deleted', 'kept'])
      connection.prepare('INSERT INTO secret VALUES (?, ?)').run(name, `sealed-and-${name}`)
    connection.prepare("UPDATE secret SET value = 'new' WHERE name = 'replaced'").run()
    connection.prepare("DELETE FROM secret WHERE name = 'deleted'").run()
    connection.database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    const file = readFileSync(join(folder, 'test.db'), 'latin1')
    expect(file.match(/sealed-and-\w+/g)).toEqual(['sealed-and-kept'])
  })

  test('takes the write lock at the beginning, not at the first write', () => {
    const other = openConnection(join(folder, 'test.db'), { readOnly: false })
    connection.write(() => {
      const begin = () => other.database.exec('BEGIN IMMEDIATE')
      expect(begin).toThrow('locked')
    })
    other.close()
  })

  test('a read transaction sees one snapshot while others commit', () => {
    const reader = openConnection(join(folder, 'test.db'), { readOnly: true })
    reader.read(() => {
      expect(values(reader)).toEqual([])
      connection.write(() => insert(1))
      expect(values(reader)).toEqual([])
    })
    expect(values(reader)).toEqual([1])
    reader.close()
  })

  test('a read-only connection cannot write', () => {
    const reader = openConnection(join(folder, 'test.db'), { readOnly: true })
    expect(() => reader.database.exec('INSERT INTO number VALUES (1)')).toThrow('readonly')
    reader.close()
  })
})
