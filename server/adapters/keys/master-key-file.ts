import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { MillraceError } from '#server/domain/errors.ts'
import { toMasterKey, type MasterKey } from './master-key.ts'

const KEY_BYTES = 32

/**
 * The master key in the file; undefined when there is none. With `make` one is made then: of several processes that do so
 * at once the first one wins, and all read its key.
 */
export function masterKeyFromFile(file: string, make: boolean): MasterKey | undefined {
  const found = read(file)
  if (found || !make) return found
  createFile(file)
  return read(file)
}

function read(file: string): MasterKey | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw unusable(file, `cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`, error)
  }
  if (/^[0-9a-f]{64}$/i.test(text)) return toMasterKey(Buffer.from(text, 'hex'))
  throw unusable(file, 'does not hold a key')
}

/** Whole and on the disk before it has its name: nobody reads half of it, and none is used that a power loss takes away. */
function createFile(file: string): void {
  const draft = `${file}.${process.pid}-${randomBytes(6).toString('hex')}`
  try {
    write(draft, `${randomBytes(KEY_BYTES).toString('hex')}\n`)
    linkSync(draft, file)
    syncFolder(dirname(file))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw cannotMake(file, error)
  } finally {
    rmSync(draft, { force: true })
  }
}

function write(file: string, text: string): void {
  const descriptor = openSync(file, 'wx', 0o600)
  try {
    writeSync(descriptor, text)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function cannotMake(file: string, cause: unknown): MillraceError {
  const code = (cause as NodeJS.ErrnoException).code ?? String(cause)
  const sentence = `The key file ${file} cannot be made (${code}). Free some space or mend the disk of DATA_DIR; nothing was stored.`
  return new MillraceError('storage-failed', sentence, { cause })
}

function unusable(file: string, what: string, cause?: unknown): MillraceError {
  const sentence = `The key file ${file} ${what}. Restore it, or move it away: then a new one is made, and keys that users stored have to be entered again.`
  return new MillraceError('unusable-installation', sentence, { cause })
}
