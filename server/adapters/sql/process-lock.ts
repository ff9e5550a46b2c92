import { DatabaseSync } from 'node:sqlite'

/** Held until it is released, or until its process dies, however it dies. */
export interface ProcessLock {
  release(): void
}

/**
 * Takes a lock that only one process can hold; undefined when another holds it for longer than `waitMs`. It is SQLite's
 * lock on a file of its own, because the system takes it back from a process that was killed, which a file with a process
 * id in it does not manage.
 */
export function takeProcessLock(file: string, waitMs: number): ProcessLock | undefined {
  const database = new DatabaseSync(file, { timeout: waitMs })
  try {
    database.exec('BEGIN EXCLUSIVE')
    return { release: () => database.close() }
  } catch (error) {
    database.close()
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return undefined
    throw error
  }
}

/** https://sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5
