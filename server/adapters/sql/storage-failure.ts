import { isStorageFailure, MillraceError, type StorageFailure, type StorageFailureCode } from '#server/domain/errors.ts'

/** The failure of a disk or a lock as the error that says what a person can do; undefined for any other error. */
export function storageFailure(error: unknown): StorageFailure | undefined {
  if (isStorageFailure(error)) return error
  const code = codeOf(error as { errcode?: unknown; code?: unknown })
  return code && (new MillraceError(code, ADVICE[code], { cause: error }) as StorageFailure)
}

/** What happened and what a person can do, in words. */
export function storageAdvice(code: StorageFailureCode): string {
  return ADVICE[code]
}

const ADVICE: Record<StorageFailureCode, string> = {
  'storage-full':
    'The disk that holds DATA_DIR is full. Free some space; nothing was lost, and what is being written goes on by itself.',
  'storage-busy':
    'Another program keeps the database in DATA_DIR locked. Nothing was lost; what is being written goes on by itself as soon as that program lets go.',
  'storage-failed':
    'The disk that holds DATA_DIR cannot be written: it may be full, over its quota, read-only or broken. Mend that; nothing was lost, and what is being written goes on by itself.',
}

/** Primary result codes, https://sqlite.org/rescode.html. A file size limit or a quota shows as an I/O error there. */
const BY_RESULT: Record<number, StorageFailureCode> = {
  5: 'storage-busy', // SQLITE_BUSY
  8: 'storage-failed', // SQLITE_READONLY
  10: 'storage-failed', // SQLITE_IOERR
  13: 'storage-full', // SQLITE_FULL
  14: 'storage-failed', // SQLITE_CANTOPEN: a file beside the database could not be made
  15: 'storage-busy', // SQLITE_PROTOCOL
}

/** What the system says when the write-ahead log is brought to the disk. */
const BY_SYSTEM_CODE: Record<string, StorageFailureCode> = {
  ENOSPC: 'storage-full',
  EDQUOT: 'storage-full',
  EFBIG: 'storage-failed',
  EIO: 'storage-failed',
  EROFS: 'storage-failed',
}

function codeOf({ errcode, code }: { errcode?: unknown; code?: unknown }): StorageFailureCode | undefined {
  if (typeof errcode === 'number') return BY_RESULT[errcode & 0xff]
  return typeof code === 'string' ? BY_SYSTEM_CODE[code] : undefined
}
