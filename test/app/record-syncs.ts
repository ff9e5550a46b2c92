/**
 * Loaded into every process of a server (`--import`): makes its disk slow, and records how far the write-ahead log was
 * written at each sync that is done. Whatever is acknowledged without waiting for its sync is acknowledged before it is
 * recorded.
 */
import { appendFileSync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { readWalExtent } from './wal-extent.ts'

const { RECORD_SYNCS_TO: record = '', RECORD_SYNCS_OF: databaseFile = '', SYNC_MS: syncMs = '0' } = process.env

const handle = await open(import.meta.filename, 'r')
const prototype = Object.getPrototypeOf(handle) as FileHandle
await handle.close()
const { datasync } = prototype

// Only the write-ahead log is synced this way; folders are with `sync`, and SQLite's own calls are not seen here.
prototype.datasync = async function (this: FileHandle): Promise<void> {
  const { round, frames } = readWalExtent(databaseFile)
  await delay(Number(syncMs) * (0.5 + Math.random()))
  await datasync.call(this)
  appendFileSync(record, `${round} ${frames}\n`)
}
