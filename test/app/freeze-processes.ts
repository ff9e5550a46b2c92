import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { databaseFile } from '#server/data-folder.ts'

/**
 * Freezes processes while something is done, none of them in the middle of a transaction: frozen with the lock in hand it
 * would keep everyone else from writing.
 */
export async function whileFrozen<T>(pids: readonly number[], dataDir: string, act: () => Promise<T>): Promise<T> {
  const send = (signal: 'SIGSTOP' | 'SIGCONT') => {
    for (const pid of pids) process.kill(pid, signal)
  }
  try {
    for (send('SIGSTOP'); !canWrite(databaseFile(dataDir)); send('SIGSTOP')) {
      send('SIGCONT')
      await delay(10)
    }
    return await act()
  } finally {
    send('SIGCONT')
  }
}

function canWrite(file: string): boolean {
  const database = new DatabaseSync(file, { timeout: 300 })
  try {
    database.exec('BEGIN IMMEDIATE; ROLLBACK')
    return true
  } catch {
    return false
  } finally {
    database.close()
  }
}
