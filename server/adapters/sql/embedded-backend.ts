import { MillraceError } from '#server/domain/errors.ts'
import type { Changes } from '#server/ports/changes.ts'
import type { Clock } from '#server/ports/clock.ts'
import type { EventLog } from '#server/ports/event-log.ts'
import type { JobQueue } from '#server/ports/job-queue.ts'
import type { Store } from '#server/ports/store.ts'
import { startBackendThread, type BackendLink } from './backend-link.ts'
import { createEventLogReader } from './event-log-reader.ts'
import { createGroupCommit } from './group-commit.ts'
import { openConnection } from './sqlite-connection.ts'
import { storageFailure } from './storage-failure.ts'
import { createStorageProbe } from './storage-probe.ts'
import { createWalSync } from './wal-sync.ts'

export interface EmbeddedBackend {
  log: EventLog
  queue: JobQueue
  store: Store
  /** Rejects with the storage failure that a write would meet now. Asked often it writes seldom. */
  probeStorage(): Promise<void>
  /** For the doorbell: another process may have committed events. */
  wakeFollowers(): void
  /** Of this process's commits, and of what `tellChanged` was told. */
  changes: Changes
  /** For the doorbell: another process changed what this user sees. */
  tellChanged(userId: string): void
  /** Finishes what is under way. Calls that come later are rejected with `closed`. */
  close(): Promise<void>
}

/**
 * Log, queue and store on one SQLite file, which several processes may have open. Throws a `MillraceError` with code
 * `database-newer` or `database-unreadable` when the file cannot be used, also when `migrateEmbedded` has not seen it.
 */
export async function openEmbeddedBackend(options: {
  file: string
  clock: Clock
  /** Called after each commit that added events, soon enough to ring other processes' doorbells. */
  onLogCommit: () => void
  /** Called when writes begin to fail for reasons of the disk or a lock, and without a failure when they succeed again. */
  onStorage?: (failure: MillraceError | undefined) => void
  /** Called after each commit of this process that changed what a user sees. */
  onUserChanged?: (userId: string) => void
  /** Called when a commit left jobs beside those that the caller asked for. */
  onNewJobs?: () => void
}): Promise<EmbeddedBackend> {
  const { file, clock, onLogCommit, onStorage = () => {} } = options
  const listeners = new Set<(userId: string) => void>()
  const tellChanged = (userId: string): void => {
    for (const listener of listeners) listener(userId)
  }
  const link = await startBackendThread(file, onStorage, ({ userIds, newJobs }) => {
    for (const userId of userIds) {
      options.onUserChanged?.(userId)
      tellChanged(userId)
    }
    if (newJobs) options.onNewJobs?.()
  })
  const reading = openConnection(file, { readOnly: true })
  const walSync = createWalSync(file)
  const reader = createEventLogReader(reading, walSync)
  const closing = new AbortController()
  const groupCommit = createGroupCommit(link, () => {
    reader.wake()
    onLogCommit()
  })

  function nameStorageFailure(error: unknown): never {
    throw storageFailure(error) ?? error
  }

  function untilClosed<Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) {
    return (...args: Args): Promise<Result> =>
      closing.signal.aborted ? Promise.reject(new MillraceError('closed', 'The database is closed.')) : call(...args)
  }

  const log: EventLog = {
    open: untilClosed(groupCommit.open),
    append: untilClosed(groupCommit.append),
    drop: untilClosed(groupCommit.drop),
    read: untilClosed((...args) => reader.read(...args).catch(nameStorageFailure)),
    tail: untilClosed((...args) => reader.tail(...args).catch(nameStorageFailure)),
    follow: (signal) => reader.follow(AbortSignal.any([signal, closing.signal])),
  }

  return {
    log,
    queue: remoteQueue(link, clock),
    store: remoteStore(link),
    probeStorage: createStorageProbe(link),
    wakeFollowers: () => reader.wake(),
    changes: {
      listen(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
    tellChanged,
    async close() {
      if (closing.signal.aborted) return
      closing.abort()
      link.hurry()
      await groupCommit.idle()
      await link.close()
      await walSync.close()
      reading.close()
    },
  }
}

function remoteStore(link: BackendLink): Store {
  const remote = <Name extends keyof Store>(name: Name): Store[Name] => {
    const call = (...args: unknown[]): Promise<unknown> => link.call({ kind: 'store', name, args })
    return call as Store[Name]
  }
  return {
    createConversation: remote('createConversation'),
    listConversations: remote('listConversations'),
    getConversation: remote('getConversation'),
    listChanges: remote('listChanges'),
    readRevisions: remote('readRevisions'),
    markRead: remote('markRead'),
    updateConversation: remote('updateConversation'),
    deleteConversation: remote('deleteConversation'),
    restoreConversation: remote('restoreConversation'),
    purgeDeleted: remote('purgeDeleted'),
    forgetLogs: remote('forgetLogs'),
    listMessages: remote('listMessages'),
    getMessage: remote('getMessage'),
    branch: remote('branch'),
    startTurn: (turn, onQueued) =>
      link.call({ kind: 'store', name: 'startTurn', args: [turn] }, onQueued) as ReturnType<Store['startTurn']>,
    answerBefore: remote('answerBefore'),
    listQueue: remote('listQueue'),
    listTurnsToStop: remote('listTurnsToStop'),
    getQueuedTurn: remote('getQueuedTurn'),
    editQueuedTurn: remote('editQueuedTurn'),
    withdrawQueuedTurn: remote('withdrawQueuedTurn'),
    withdrawQueue: remote('withdrawQueue'),
    orderQueue: remote('orderQueue'),
    continueQueue: remote('continueQueue'),
    getGeneration: remote('getGeneration'),
    listLive: remote('listLive'),
    setPause: remote('setPause'),
    findGeneration: remote('findGeneration'),
    listStopOnDisconnect: remote('listStopOnDisconnect'),
    listRunning: remote('listRunning'),
    requestCancel: remote('requestCancel'),
    settle: remote('settle'),
    listUnsettled: remote('listUnsettled'),
    saveCatalogue: remote('saveCatalogue'),
    readCatalogue: remote('readCatalogue'),
    saveUserKey: remote('saveUserKey'),
    findUserKey: remote('findUserKey'),
    deleteUserKey: remote('deleteUserKey'),
    listUserKeys: remote('listUserKeys'),
    claimCatalogue: remote('claimCatalogue'),
    addFile: remote('addFile'),
    getFiles: remote('getFiles'),
  }
}

function remoteQueue(link: BackendLink, clock: Clock): JobQueue {
  const remote = <Name extends keyof JobQueue>(name: Name): JobQueue[Name] => {
    const call = (...args: unknown[]): Promise<unknown> => link.call({ kind: 'queue', name, args, now: clock.now() })
    return call as JobQueue[Name]
  }
  return {
    claim: remote('claim'),
    claimLone: remote('claimLone'),
    countLone: remote('countLone'),
    claimOne: remote('claimOne'),
    extend: remote('extend'),
    release: remote('release'),
    reap: remote('reap'),
    position: remote('position'),
  }
}
