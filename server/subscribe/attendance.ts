import type { Logger } from '#server/domain/logger.ts'

const RESTORE_AGAIN_MS = 1_000

/**
 * Knows which generations have a reader in this process, and stops those that are to be written only while somebody reads
 * them: once the last reader has been gone for the grace, unless one came back.
 */
export interface Attendance {
  /** A stream of this generation is open until the returned function is called. */
  attend(generationId: string): () => void
  /** It is to be stopped when nobody reads it; where nobody does yet, the grace begins now. */
  expectReaders(generationId: string): void
  /** It has ended: nobody needs to read it any more. */
  forget(generationId: string): void
  /** Stops nothing any more; what is expected is stored, and the next process takes it up. */
  close(): void
}

export interface AttendanceDependencies {
  graceMs: number
  /** What earlier processes were told to expect readers of. They may be on their way back. */
  listExpected(): Promise<string[]>
  stop(generationId: string): Promise<void>
  logger: Logger
}

export function createAttendance({ graceMs, listExpected, stop, logger }: AttendanceDependencies): Attendance {
  const readers = new Map<string, number>()
  /** What is expected to be read, each with the timer of its grace while nobody does. */
  const expected = new Map<string, NodeJS.Timeout | undefined>()
  let closed = false
  let restoring: NodeJS.Timeout | undefined
  void restore()

  async function restore(): Promise<void> {
    try {
      for (const generationId of await listExpected()) expectReaders(generationId)
    } catch (error) {
      if (closed) return
      logger.error({ err: error }, 'what is to be stopped without readers could not be read; trying again')
      restoring = setTimeout(() => void restore(), RESTORE_AGAIN_MS).unref()
    }
  }

  function expectReaders(generationId: string): void {
    if (!closed && !expected.has(generationId)) beginGrace(generationId)
  }

  function beginGrace(generationId: string): void {
    const timer = readers.has(generationId) ? undefined : setTimeout(() => void giveUp(generationId), graceMs).unref()
    expected.set(generationId, timer)
  }

  async function giveUp(generationId: string): Promise<void> {
    try {
      await stop(generationId)
      forget(generationId)
    } catch (error) {
      logger.error({ err: error, generationId }, 'a generation without readers could not be stopped; trying again')
      if (expected.has(generationId)) beginGrace(generationId)
    }
  }

  function attend(generationId: string): () => void {
    readers.set(generationId, (readers.get(generationId) ?? 0) + 1)
    if (expected.has(generationId)) {
      clearTimeout(expected.get(generationId))
      expected.set(generationId, undefined)
    }
    let present = true
    return () => {
      if (present) leave(generationId)
      present = false
    }
  }

  function leave(generationId: string): void {
    const left = (readers.get(generationId) ?? 0) - 1
    if (left > 0) return void readers.set(generationId, left)
    readers.delete(generationId)
    if (expected.has(generationId)) beginGrace(generationId)
  }

  function forget(generationId: string): void {
    clearTimeout(expected.get(generationId))
    expected.delete(generationId)
  }

  return {
    attend,
    expectReaders,
    forget,
    close() {
      closed = true
      clearTimeout(restoring)
      for (const generationId of expected.keys()) forget(generationId)
    },
  }
}
