import { Worker } from 'node:worker_threads'
import { MillraceError } from '#server/domain/errors.ts'
import type { BackendReply, BackendRequest, QueueRequest, StoreRequest } from './backend-messages.ts'
import type { LogBatch, LogBatchOutcome } from './log-batch.ts'

/** The calling side of the thread that owns the writing connection. */
export interface BackendLink {
  /** `onQueued` is called when the call was a turn that is committed. */
  call(request: Omit<StoreRequest, 'id'> | Omit<QueueRequest, 'id'>, onQueued?: () => void): Promise<unknown>
  /** `committed` resolves after the commit; `synced` when it also survives a power loss, if it has to. */
  commit(batch: LogBatch): { committed: Promise<LogBatchOutcome>; synced: Promise<void> }
  /** Rejects with the storage failure that a write would meet now. */
  probe(): Promise<void>
  /** From now on calls wait a quarter of a second at most for a lock. */
  hurry(): void
  close(): Promise<void>
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: unknown): void
  synced?: { resolve(): void; reject(error: unknown): void }
  onQueued?: (() => void) | undefined
}

/**
 * Starts the thread; rejects with its `MillraceError` when the database cannot be used. `onStorage` is told when writes
 * begin to fail for reasons of the disk or a lock, and without a failure when they succeed again; `onChanged` of commits
 * of this process that somebody may be waiting for.
 */
export async function startBackendThread(
  file: string,
  onStorage: (failure: MillraceError | undefined) => void,
  onChanged: (changed: { userIds: string[]; newJobs: boolean }) => void = () => {},
): Promise<BackendLink> {
  const worker = new Worker(new URL('./backend-thread.ts', import.meta.url), { workerData: { file } })
  const waiting = new Map<number, Waiting>()
  const ready = Promise.withResolvers<void>()
  const exited = Promise.withResolvers<void>()
  let lastId = 0
  let closed: MillraceError | undefined

  worker.on('message', (reply: BackendReply) => receive(reply))
  worker.on('error', (cause) => {
    const died = new MillraceError('invariant', 'The database thread died.', { cause })
    stop(died)
    // A process without its database can do nothing right any more: it ends, and its supervisor starts another.
    setImmediate(() => {
      throw died
    })
  })
  worker.on('exit', () => {
    stop(new MillraceError('closed', 'The database is closed.'))
    exited.resolve()
  })

  function receive(reply: BackendReply): void {
    if (reply.kind === 'ready') return ready.resolve()
    if (reply.kind === 'storage') return onStorage(reply.code && new MillraceError(reply.code, reply.message))
    if (reply.kind === 'changed') return onChanged(reply)
    if (reply.kind === 'failed' && reply.id === 0) return ready.reject(new MillraceError(reply.code, reply.message))
    const entry = waiting.get(reply.id)
    if (!entry) return
    const more = reply.kind === 'queued' || (reply.kind === 'committed' && reply.outcome.mustReachDisk)
    if (!more) waiting.delete(reply.id)
    switch (reply.kind) {
      case 'answer':
        return entry.resolve(reply.value)
      case 'queued':
        return entry.onQueued?.()
      case 'committed':
        entry.resolve(reply.outcome)
        if (!more) entry.synced?.resolve()
        return
      case 'synced':
        return entry.synced?.resolve()
      case 'failed':
        return rejectBoth(entry, new MillraceError(reply.code, reply.message))
    }
  }

  function stop(error: MillraceError): void {
    closed ??= error
    ready.reject(closed)
    for (const entry of waiting.values()) rejectBoth(entry, closed)
    waiting.clear()
  }

  function expect(): { id: number; entry: Waiting; result: Promise<unknown> } {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const id = ++lastId
    const entry: Waiting = { resolve, reject }
    if (closed) reject(closed)
    else waiting.set(id, entry)
    return { id, entry, result: promise }
  }

  const link: BackendLink = {
    call(request, onQueued) {
      const { id, entry, result } = expect()
      entry.onQueued = onQueued
      if (!closed) worker.postMessage({ ...request, id } satisfies BackendRequest)
      return result
    },
    commit(batch) {
      const { id, entry, result } = expect()
      const synced = Promise.withResolvers<void>()
      entry.synced = synced
      // Whoever opened or sealed a log awaits it; a batch of other appends does not.
      synced.promise.catch(() => {})
      if (closed) synced.reject(closed)
      else worker.postMessage({ kind: 'log', id, batch } satisfies BackendRequest)
      return { committed: result as Promise<LogBatchOutcome>, synced: synced.promise }
    },
    probe() {
      const { id, result } = expect()
      if (!closed) worker.postMessage({ kind: 'probe', id } satisfies BackendRequest)
      return result as Promise<void>
    },
    hurry() {
      if (!closed) worker.postMessage({ kind: 'hurry' } satisfies BackendRequest)
    },
    async close() {
      if (!closed) worker.postMessage({ kind: 'close' } satisfies BackendRequest)
      closed ??= new MillraceError('closed', 'The database is closed.')
      await exited.promise
    },
  }

  try {
    await ready.promise
  } catch (error) {
    await worker.terminate()
    throw error
  }
  return link
}

function rejectBoth(entry: Waiting, error: MillraceError): void {
  entry.reject(error)
  entry.synced?.reject(error)
}
