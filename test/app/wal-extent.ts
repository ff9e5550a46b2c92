import { closeSync, openSync, readSync } from 'node:fs'

/** How far the write-ahead log of a database is written. */
export interface WalExtent {
  /** Grows by one whenever the log is begun anew from its first frame. */
  round: number
  /** Committed frames of this round. */
  frames: number
  /** Bytes of a frame with its head. */
  frameBytes: number
}

export const WAL_HEAD_BYTES = 32
const FRAME_HEAD_BYTES = 24
const INDEX_HEAD_BYTES = 48
const TRIES = 1_000

/**
 * Reads it from the log's index, which all processes share: a frame stands in the file before it is counted there.
 * Layout: https://sqlite.org/walformat.html#the_wal_index_file_format
 */
export function readWalExtent(databaseFile: string): WalExtent {
  const file = openSync(`${databaseFile}-shm`, 'r')
  const heads = Buffer.alloc(2 * INDEX_HEAD_BYTES)
  try {
    for (let tries = 0; tries < TRIES; tries++) {
      readSync(file, heads, 0, heads.length, 0)
      // Both copies are the same, unless one is being written just now.
      const one = heads.subarray(0, INDEX_HEAD_BYTES)
      if (one.equals(heads.subarray(INDEX_HEAD_BYTES)) && one[12] === 1) return parse(one)
    }
    throw new Error('the index of the write-ahead log never stood still')
  } finally {
    closeSync(file)
  }
}

function parse(head: Buffer): WalExtent {
  const pageBytes = head.readUInt16LE(14)
  // The salt is kept as it stands in the log, where numbers are big-endian.
  return { round: head.readUInt32BE(32), frames: head.readUInt32LE(16), frameBytes: FRAME_HEAD_BYTES + pageBytes }
}
