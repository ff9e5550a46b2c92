import type { CancelReceipt } from '#protocol/api/generations.ts'
import { LOG_START, type Cursor } from '#protocol/cursor.ts'
import type { EndEvent, GenerationEvent } from '#protocol/events.ts'
import type { Answer } from '#protocol/messages.ts'
import { isStorageFailure, RequestError } from '#server/domain/errors.ts'
import { isTerminal } from '#server/domain/states.ts'
import type { Clock } from '#server/ports/clock.ts'
import type { Doorbell } from '#server/ports/doorbell.ts'
import type { EventLog } from '#server/ports/event-log.ts'
import type { JobQueue } from '#server/ports/job-queue.ts'
import type { Store } from '#server/ports/store.ts'
import { cancelReceipt } from './cancel-receipt.ts'
import { settleSealed } from './settle-sealed.ts'

/** How long the receipt waits for the model's connection to be closed. */
const RECEIPT_WAIT_MS = 1_000
const LEASE_MS = 5_000
/** A wish is recorded within a few milliseconds, unless the database is locked. */
const TELL_AFTER_MS = 50

export interface CancelDependencies {
  store: Store
  queue: JobQueue
  log: EventLog
  doorbell: Doorbell
  clock: Clock
  /** The terminal event as soon as it stands after the cursor; undefined when `waitMs` pass first. */
  waitForEnd(generationId: string, after: Cursor, waitMs: number): Promise<EndEvent | undefined>
}

export interface CancelWish {
  userId: string
  generationId: string
  by: NonNullable<Answer['cancelledBy']>
}

/**
 * Stops a generation and says when. One that nobody works on is ended here; else its worker is told, and ends it. Both may
 * try at once: the log takes one terminal event. Asking again changes nothing and returns the first wish's time.
 */
export async function cancelGeneration(deps: CancelDependencies, wish: CancelWish): Promise<CancelReceipt> {
  const { userId, generationId } = wish
  const accepted = await recordWish(deps, wish)
  if (!accepted) throw new RequestError('unknown-generation', 'There is no such generation.')
  const { acceptedAt, status } = accepted
  if (!isTerminal(status)) await stop(deps, generationId, status === 'running')
  return cancelReceipt(deps, { userId, generationId, acceptedAt })
}

/**
 * A wish that cannot be written down yet is told to the worker all the same: the model stops at once, though only what is
 * recorded is promised.
 */
async function recordWish(deps: CancelDependencies, { userId, generationId, by }: CancelWish) {
  const tell = async () => {
    const generation = await deps.store.getGeneration(userId, generationId)
    if (generation) deps.doorbell.ring({ kind: 'cancel', generationId })
  }
  let telling = Promise.resolve()
  const timer = setTimeout(() => {
    telling = tell().catch(() => {})
  }, TELL_AFTER_MS)
  try {
    return await deps.store.requestCancel(userId, generationId, { at: deps.clock.now(), by })
  } catch (error) {
    if (isStorageFailure(error)) await tell()
    throw error
  } finally {
    clearTimeout(timer)
    await telling
  }
}

async function stop(deps: CancelDependencies, generationId: string, owned: boolean): Promise<void> {
  if (!owned && (await endUnowned(deps, generationId))) return
  if (await tellOwner(deps, generationId)) return
  // Its worker may have let go of it just before it was told.
  await endUnowned(deps, generationId)
}

/** Ends a generation that no worker holds; false when one does, or takes it meanwhile. */
async function endUnowned(deps: CancelDependencies, generationId: string): Promise<boolean> {
  const { queue, log, store, clock } = deps
  const job = await queue.claimOne(`api-${process.pid}`, generationId, LEASE_MS)
  if (!job) return false
  const opened = await log.open(generationId, job.epoch)
  if (opened.ok) {
    const cancelledBy = (await store.findGeneration(generationId))?.cancelledBy ?? 'user'
    const end: GenerationEvent = { type: 'end', at: clock.now(), status: 'cancelled', cancelledBy }
    await log.append(generationId, { epoch: job.epoch, afterSeq: opened.lastSeq }, [end])
  }
  // What the log says counts, whoever wrote it.
  return (await settleSealed(deps, generationId)) !== undefined
}

/** Says whether the end came in time. */
async function tellOwner(deps: CancelDependencies, generationId: string): Promise<boolean> {
  const tail = await deps.log.tail(generationId)
  if (tail?.sealed) return true
  deps.doorbell.ring({ kind: 'cancel', generationId })
  return (await deps.waitForEnd(generationId, tail ?? LOG_START, RECEIPT_WAIT_MS)) !== undefined
}
