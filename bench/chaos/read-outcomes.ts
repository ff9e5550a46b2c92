import { databaseFile } from '#server/data-folder.ts'
import { openConnection } from '#server/adapters/sql/sqlite-connection.ts'

/** How a generation ended, and how often its worker was lost. */
export interface Outcome {
  id: string
  status: string
  lostAttempts: number
  hasEnded: boolean
  isSealed: boolean
}

/** Reads what the database says about every generation, and whether the file is whole. */
export function readOutcomes(dataDir: string): { outcomes: Outcome[]; integrity: string } {
  const connection = openConnection(databaseFile(dataDir), { readOnly: true })
  try {
    const rows = connection.prepare(
      `SELECT generation.id, status, lost_attempts, ended_at, sealed
       FROM generation LEFT JOIN log ON log.generation_id = generation.id`,
    )
    const outcomes = rows.all().map((row) => ({
      id: String(row['id']),
      status: String(row['status']),
      lostAttempts: Number(row['lost_attempts']),
      hasEnded: row['ended_at'] !== null,
      isSealed: row['sealed'] === 1,
    }))
    const integrity = String(connection.prepare('PRAGMA integrity_check').get()?.['integrity_check'])
    return { outcomes, integrity }
  } finally {
    connection.close()
  }
}
