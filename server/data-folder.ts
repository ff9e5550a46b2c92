import { accessSync, constants, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { MillraceError } from '#server/domain/errors.ts'

export function databaseFile(dataDir: string): string {
  return join(dataDir, 'millrace.db')
}

/** Holds the bytes of files, by their hash. */
export function blobFolder(dataDir: string): string {
  return join(dataDir, 'blobs')
}

/** Encrypts the keys that users store, where `SECRET_KEY` is not set. */
export function masterKeyFile(dataDir: string): string {
  return join(dataDir, 'secret.key')
}

/** Held by the one supervisor of this folder, for as long as it lives. */
export function lockFile(dataDir: string): string {
  return join(dataDir, 'supervisor.lock')
}

/** Makes the data folder; throws with a sentence that says what to do when it cannot be made or written to. */
export function prepareDataFolder(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    accessSync(dataDir, constants.W_OK | constants.X_OK)
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new MillraceError(
      'unusable-installation',
      `The data folder ${dataDir} cannot be written to (${reason}). Make it writable, or set DATA_DIR to a folder that is.`,
      { cause: error },
    )
  }
}
