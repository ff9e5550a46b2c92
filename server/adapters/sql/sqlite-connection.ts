import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { CompiledQuery } from 'kysely'
import type { QueryResult, Transaction } from './transaction.ts'

/** One connection to the database file, with its prepared statements kept by their text. */
export interface SqliteConnection {
  readonly database: DatabaseSync
  prepare(sql: string): StatementSync
  /** Runs `work` in one `BEGIN IMMEDIATE` transaction and rolls it back when it throws. No await inside. */
  write<T>(work: () => T): T
  /** Runs `work` on one snapshot, without the write lock; it must not write. */
  read<T>(work: () => T): T
  /** Drives a transaction's queries to its result; call it inside `write` or `read`. */
  run<T>(transaction: Transaction<T>): T
  close(): void
}

/** How long a reader waits for another process, and a writer unless its caller waits in another way. */
const BUSY_TIMEOUT_MS = 5_000
/** SQLite's own busy handler sleeps up to 100 ms at a time; transactions here last about one. */
const BUSY_RETRY_MS = 0.3
const MAX_STATEMENTS = 500
const SQLITE_BUSY = 5

export interface ConnectionOptions {
  readOnly: boolean
  /** How long `write` blocks its thread for another process's transaction before it throws. */
  busyWaitMs?: number
}

export function openConnection(file: string, options: ConnectionOptions): SqliteConnection {
  const { busyWaitMs = BUSY_TIMEOUT_MS } = options
  const database = new DatabaseSync(file, { readOnly: options.readOnly, timeout: BUSY_TIMEOUT_MS })
  try {
    database.exec(options.readOnly ? 'PRAGMA query_only = ON' : 'PRAGMA journal_mode = WAL')
    database.exec('PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = OFF')
    // What was deleted is overwritten where its page is written anyway: users' sealed keys, and what they said.
    if (!options.readOnly) database.exec('PRAGMA secure_delete = FAST')
    // From here on only BEGIN IMMEDIATE can find the database busy, and that waits in its own finer steps.
    if (!options.readOnly) database.exec('PRAGMA busy_timeout = 0')
  } catch (error) {
    database.close()
    throw error
  }

  const statements = new Map<string, { statement: StatementSync; returnsRows: boolean }>()
  const entry = (sql: string) => {
    let cached = statements.get(sql)
    if (!cached) {
      if (statements.size >= MAX_STATEMENTS) statements.clear()
      const statement = database.prepare(sql)
      cached = { statement, returnsRows: statement.columns().length > 0 }
      statements.set(sql, cached)
    }
    return cached
  }

  const execute = (query: CompiledQuery): QueryResult => {
    const { statement, returnsRows } = entry(query.sql)
    const parameters = query.parameters as (string | number | null)[]
    if (returnsRows) return { rows: statement.all(...parameters), changed: 0 }
    return { rows: [], changed: Number(statement.run(...parameters).changes) }
  }

  const transact = <T>(begin: () => void, work: () => T): T => {
    begin()
    let result: T
    try {
      result = work()
      database.exec('COMMIT')
    } catch (error) {
      // A full disk or an I/O error may have rolled back already.
      rollBack(database)
      throw error
    }
    return result
  }

  return {
    database,
    prepare: (sql) => entry(sql).statement,
    write: (work) => transact(() => beginImmediate(database, busyWaitMs), work),
    read: (work) => transact(() => database.exec('BEGIN'), work),
    run: (transaction) => {
      let step = transaction.next()
      while (!step.done) step = transaction.next(execute(step.value))
      return step.value
    },
    close: () => database.close(),
  }
}

/** Leaves the failure that led to it standing; a transaction that stays open all the same is ended by the next one. */
function rollBack(database: DatabaseSync): void {
  try {
    if (database.isTransaction) database.exec('ROLLBACK')
  } catch {
    // The disk refuses this as well.
  }
}

/**
 * Always IMMEDIATE: a transaction that reads first and turns into a writer after another process committed fails at once,
 * whatever the busy time-out.
 */
function beginImmediate(database: DatabaseSync, busyWaitMs: number): void {
  // Only after a disk that refused even the rollback.
  if (database.isTransaction) database.exec('ROLLBACK')
  const giveUpAt = performance.now() + busyWaitMs
  for (;;) {
    try {
      return database.exec('BEGIN IMMEDIATE')
    } catch (error) {
      if (!isBusy(error) || performance.now() > giveUpAt) throw error
      sleep(BUSY_RETRY_MS)
    }
  }
}

/** Whether another process's transaction was in the way. */
export function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: unknown }).errcode
  // The low byte is the primary code; the rest says why it is busy.
  return typeof code === 'number' && (code & 0xff) === SQLITE_BUSY
}

const sleepCell = new Int32Array(new SharedArrayBuffer(4))

/** Blocks this thread; only the thread that owns the writing connection does this. */
function sleep(milliseconds: number): void {
  Atomics.wait(sleepCell, 0, 0, milliseconds)
}
