import type { CancelReceipt } from '#protocol/api/generations.ts'
import { LOG_START, type Cursor } from '#protocol/cursor.ts'
import type { EndEvent, GenerationEvent } from '#protocol/events.ts'
import type { Answer, GenerationStatus } from '#protocol/messages.ts'
import { RequestError } from '#server/domain/errors.ts'
import { isTerminal } from '#server/domain/states.ts'
import type { Clock } from '#server/ports/clock.ts'
import type { Doorbell } from '#server/ports/doorbell.ts'
import type { EventLog } from '#server/ports/event-log.ts'
import type { JobQueue } from '#server/ports/job-queue.ts'
import type { Store } from '#server/ports/store.ts'
import { readEndedLog } from './read-ended-log.ts'

/** How long the receipt waits for the model's connection to be closed. */
const RECEIPT_WAIT_MS = 1_000
const LEASE_MS = 5_000

export interface CancelDependencies {
  store: Store
  queue: JobQueue
  log: EventLog
  doorbell: Doorbell
  clock: Clock
  /** The terminal event as soon as it stands after the cursor; undefined when `waitMs` pass first. */
  waitForEnd(generationId: string, after: Cursor, waitMs: number): Promise<EndEvent | undefined>
}

/**
 * Stops a generation and says when. One that nobody works on is ended here; else its worker is told, and ends it. Both may
 * try at once: the log takes one terminal event. Asking again changes nothing and returns the first wish's time.
 */
export async function cancelGeneration(
  deps: CancelDependencies,
  { userId, generationId }: { userId: string; generationId: string },
): Promise<CancelReceipt> {
  const wish = await deps.store.requestCancel(userId, generationId, { at: deps.clock.now(), by: 'user' })
  if (!wish) throw new RequestError('unknown-generation', 'There is no such generation.')
  const { acceptedAt, status } = wish
  if (isTerminal(status)) return receipt(acceptedAt, status, await storedAnswer(deps, userId, generationId))
  const end = (status !== 'running' && (await endUnowned(deps, generationId))) || (await tellOwner(deps, generationId))
  return receipt(acceptedAt, end?.status ?? (await currentStatus(deps, userId, generationId)), end)
}

async function storedAnswer(
  { store }: CancelDependencies,
  userId: string,
  generationId: string,
): Promise<Answer | undefined> {
  const messageId = (await store.getGeneration(userId, generationId))?.messageId
  const message = messageId ? await store.getMessage(userId, messageId) : undefined
  return message?.answer ?? undefined
}

/** Ends a generation that no worker holds; undefined when one does, or takes it meanwhile. */
async function endUnowned(deps: CancelDependencies, generationId: string): Promise<EndEvent | undefined> {
  const { queue, log, store, clock } = deps
  const job = await queue.claimOne(`api-${process.pid}`, generationId, LEASE_MS)
  if (!job) return undefined
  const opened = await log.open(generationId, job.epoch)
  if (opened.ok) {
    const end: GenerationEvent = { type: 'end', status: 'cancelled', cancelledBy: 'user', at: clock.now() }
    await log.append(generationId, { epoch: job.epoch, afterSeq: opened.lastSeq }, [end])
  }
  // What the log says counts, whoever wrote it.
  const ended = await readEndedLog(log, generationId)
  if (!ended) return undefined
  await store.settle(generationId, ended.answer, clock.now())
  return ended.end
}

async function tellOwner(deps: CancelDependencies, generationId: string): Promise<EndEvent | undefined> {
  const tail = await deps.log.tail(generationId)
  if (tail?.sealed) return (await readEndedLog(deps.log, generationId))?.end
  deps.doorbell.ring({ kind: 'cancel', generationId })
  return deps.waitForEnd(generationId, tail ?? LOG_START, RECEIPT_WAIT_MS)
}

async function currentStatus(
  { store }: CancelDependencies,
  userId: string,
  generationId: string,
): Promise<GenerationStatus> {
  const generation = await store.getGeneration(userId, generationId)
  return generation?.status ?? 'cancelled'
}

function receipt(
  acceptedAt: number,
  state: GenerationStatus,
  ended: { upstreamClosedAt?: number } | undefined,
): CancelReceipt {
  const closedAt = ended?.upstreamClosedAt
  return {
    state,
    acceptedAt: new Date(acceptedAt).toISOString(),
    upstreamClosedAt: closedAt === undefined ? null : new Date(closedAt).toISOString(),
  }
}
