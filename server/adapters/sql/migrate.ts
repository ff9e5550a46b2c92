import { existsSync } from 'node:fs'
import { MillraceError } from '#server/domain/errors.ts'
import { firstTables } from './migrations/0001-first-tables.ts'
import { conversationsThatFlow } from './migrations/0002-conversations-that-flow.ts'
import { ownKeys } from './migrations/0003-own-keys.ts'
import { files } from './migrations/0004-files.ts'
import { openConnection, type ConnectionOptions, type SqliteConnection } from './sqlite-connection.ts'

/** In order; the version of a database is how many of them it has seen. Never edited once released. */
const MIGRATIONS: readonly string[] = [firstTables, conversationsThatFlow, ownKeys, files]

/** "MILL": tells our files from other programs' (SQLite's `application_id`). */
const APPLICATION_ID = 0x4d494c4c

/**
 * Brings the database file to this version's tables, creating it when there is none. Only the supervisor calls it, before
 * it starts the processes that open the file. Throws a `MillraceError` with a sentence that says what to do: code
 * `database-newer` or `database-unreadable`.
 */
export async function migrateEmbedded(file: string): Promise<void> {
  refuseOthers(file)
  const connection = openDatabase(file)
  try {
    connection.database.exec('PRAGMA synchronous = FULL')
    // A full disk must not keep a server from starting that has nothing to change.
    if (checkedVersion(connection, file) === MIGRATIONS.length) return
    connection.write(() => {
      for (const statements of MIGRATIONS.slice(checkedVersion(connection, file))) connection.database.exec(statements)
      connection.database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${MIGRATIONS.length}`)
    })
  } catch (error) {
    throw readable(file, error)
  } finally {
    connection.close()
  }
}

/** The writing connection to a database that has been migrated; throws like `migrateEmbedded` when it cannot be used. */
export function openMigrated(file: string, options: { busyWaitMs?: number } = {}): SqliteConnection {
  if (!existsSync(file)) throw unreadable(file, 'does not exist yet. Start Millrace with "all" once, which creates it.')
  if (refuseOthers(file) === MIGRATIONS.length) return openDatabase(file, { readOnly: false, ...options })
  throw unreadable(file, 'is of an older version. Start Millrace with "all" once, which brings it up to date.')
}

/** Looks before the file is opened for writing, which would change it: it may be another program's. */
function refuseOthers(file: string): number {
  if (!existsSync(file)) return 0
  const connection = openDatabase(file, { readOnly: true })
  try {
    return checkedVersion(connection, file)
  } catch (error) {
    throw readable(file, error)
  } finally {
    connection.close()
  }
}

function openDatabase(file: string, options: ConnectionOptions = { readOnly: false }): SqliteConnection {
  try {
    return openConnection(file, options)
  } catch (error) {
    throw readable(file, error)
  }
}

function checkedVersion(connection: SqliteConnection, file: string): number {
  const version = pragma(connection, 'user_version')
  const tables = connection.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.['count']
  const foreign = tables !== 0 && pragma(connection, 'application_id') !== APPLICATION_ID
  if (foreign) throw unreadable(file, 'belongs to another program. Set DATA_DIR to another folder.')
  if (version <= MIGRATIONS.length) return version
  const message = `The database ${file} was written by a newer Millrace (version ${version}, this one knows ${MIGRATIONS.length}). Install that version again, or set DATA_DIR to another folder.`
  throw new MillraceError('database-newer', message)
}

function pragma(connection: SqliteConnection, name: 'user_version' | 'application_id'): number {
  return Number(connection.database.prepare(`PRAGMA ${name}`).get()?.[name])
}

const SQLITE_BUSY = 5
const SQLITE_READONLY = 8
const SQLITE_IOERR = 10
const SQLITE_CORRUPT = 11
const SQLITE_FULL = 13
const SQLITE_CANTOPEN = 14
const SQLITE_NOTADB = 26

function readable(file: string, error: unknown): unknown {
  const code = (error as { errcode?: unknown }).errcode
  if (typeof code !== 'number') return error
  return unreadable(file, explain(code & 0xff, (error as Error).message), error)
}

function explain(code: number, message: string): string {
  switch (code) {
    case SQLITE_NOTADB:
      return 'is not a database. Move that file away, or set DATA_DIR to another folder.'
    case SQLITE_CORRUPT:
      return 'is damaged. Restore it from a backup, or set DATA_DIR to another folder.'
    case SQLITE_READONLY:
      return 'cannot be written. Give this user the right to write it and its folder, or set DATA_DIR to another folder.'
    case SQLITE_BUSY:
      return 'is kept locked by another program. Close that program, or set DATA_DIR to another folder.'
    case SQLITE_FULL:
      return 'cannot be written: its disk is full. Free some space, or set DATA_DIR to a folder on another disk.'
    case SQLITE_IOERR:
      return `cannot be written (${message}): its disk is full, over its quota, read-only or broken. Mend that, or set DATA_DIR to a folder on another disk.`
    case SQLITE_CANTOPEN:
      return 'cannot be opened. Check that its folder exists and that this user may write there, or set DATA_DIR.'
    default:
      return `cannot be used (${message}). Check the disk and the rights of its folder, or set DATA_DIR to another one.`
  }
}

function unreadable(file: string, what: string, cause?: unknown): MillraceError {
  return new MillraceError('database-unreadable', `The database ${file} ${what}`, { cause })
}
