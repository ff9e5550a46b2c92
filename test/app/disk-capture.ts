import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { databaseFile } from '#server/data-folder.ts'
import { readWalExtent, WAL_HEAD_BYTES } from './wal-extent.ts'

/** What is left after the last frame that reached the disk. */
export const TAILS = ['nothing', 'torn', 'zeros', 'hole'] as const
export type Tail = (typeof TAILS)[number]

/** The files of a running server as they stood on its disk, to be cut as a power loss would have. */
export interface DiskCapture {
  round: number
  /** Frames that may have been moved into the database file that was copied: no disk loses them any more. */
  least: number
  /** All committed frames. */
  most: number
  /** Makes a data folder as after a reboot: the database, and the log up to this many frames. */
  write(dataDir: string, frames: number, tail: Tail): void
}

/**
 * Copies the database file, lets some time pass, then copies its write-ahead log. Undefined when the log was begun anew
 * meanwhile: then the two do not belong together.
 *
 * Why any cut of at least `least` frames is a state that a power loss can leave: while the log is not begun anew it only
 * grows, so it holds every frame from which pages of the copied database file were written, and none of those lies beyond
 * `least`, which was read after that copy. SQLite syncs the log before it moves pages, so that a disk that has such a page
 * has those frames. Of all later writes to the log a disk may have kept any part; recovery ends at the first damaged frame.
 * Pages that were moved only after the copy are missing in it, and stand in the log. The index (`-shm`) does not survive a
 * reboot and is made anew.
 */
export async function captureDisk(dataDir: string, meanwhile: () => Promise<void>): Promise<DiskCapture | undefined> {
  const file = databaseFile(dataDir)
  const { round, frameBytes } = readWalExtent(file)
  const database = readFileSync(file)
  const { frames: least } = readWalExtent(file)
  await meanwhile()
  const { frames: most } = readWalExtent(file)
  const wal = readFileSync(`${file}-wal`)
  if (readWalExtent(file).round !== round) return undefined

  return {
    round,
    least,
    most,
    write(folder, frames, tail) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      writeFileSync(databaseFile(folder), database)
      writeFileSync(`${databaseFile(folder)}-wal`, cut(wal, WAL_HEAD_BYTES + frames * frameBytes, frameBytes, tail))
    },
  }
}

function cut(wal: Buffer, bytes: number, frameBytes: number, tail: Tail): Buffer {
  switch (tail) {
    case 'nothing':
      return wal.subarray(0, bytes)
    case 'torn':
      return wal.subarray(0, bytes + Math.floor(frameBytes / 3))
    case 'zeros': {
      const zeroed = Buffer.from(wal)
      return zeroed.fill(0, bytes)
    }
    case 'hole': {
      // Blocks reach a disk in any order: what was written later may be there.
      const holed = Buffer.from(wal)
      return holed.fill(0, bytes, Math.min(bytes + frameBytes, holed.length))
    }
  }
}
