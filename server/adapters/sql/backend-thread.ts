import { parentPort, workerData } from 'node:worker_threads'
import { MillraceError } from '#server/domain/errors.ts'
import type { StartTurnResult } from '#server/ports/store.ts'
import type { BackendCalls } from './backend-calls.ts'
import type {
  BackendReply,
  BackendRequest,
  LogRequest,
  ProbeRequest,
  QueueRequest,
  StoreRequest,
} from './backend-messages.ts'
import { createEventLogWriter } from './event-log-writer.ts'
import { openMigrated } from './migrate.ts'
import type { SqliteConnection } from './sqlite-connection.ts'
import { storageFailure } from './storage-failure.ts'
import { createStorageWatch } from './storage-watch.ts'
import { createWalSync } from './wal-sync.ts'
import { createWriteTurns } from './write-turns.ts'

/** Other processes' transactions take about a millisecond; whatever lasts longer is waited for without blocking reads. */
const BUSY_WAIT_MS = 10
/** How long a process that ends still waits for a lock. */
const HURRIED_MS = 250

/** The thread that owns a process's writing connection: everything it is asked is one transaction, in order of arrival. */
function serve(file: string, post: (reply: BackendReply) => void): (request: BackendRequest) => void {
  const connection = openMigrated(file, { busyWaitMs: BUSY_WAIT_MS })
  const walSync = createWalSync(file)
  const writer = createEventLogWriter(connection)
  const turns = createWriteTurns()
  const watch = createStorageWatch(
    () => commitNothing(connection),
    (failure) => post({ kind: 'storage', code: failure?.code, message: failure?.message ?? '' }),
  )
  let calls: BackendCalls | undefined
  // The query builder takes 0.1 s to load: said first, the process goes on starting while its first calls wait here.
  post({ kind: 'ready' })
  const loading = import('./backend-calls.ts').then(({ createBackendCalls }) => {
    calls = createBackendCalls(connection)
  })

  function commit({ id, batch }: LogRequest): void {
    const outcome = writer.apply(batch)
    watch.succeeded()
    post({ kind: 'committed', id, outcome })
    if (outcome.mustReachDisk) walSync.sync().then(() => post({ kind: 'synced', id }), fail(id))
  }

  function call(request: StoreRequest | QueueRequest): void {
    if (!calls) return void loading.then(() => call(request), fail(request.id))
    if (calls.onlyReads(request)) attempt(request, run)
    else write(request, run)
  }

  function run(request: StoreRequest | QueueRequest): void {
    if (!calls) return
    const { id } = request
    const { value, mustReachDisk, changedUsers: userIds, newJobs } = calls.run(request)
    if (!calls.onlyReads(request)) watch.succeeded()
    if (userIds.length > 0 || newJobs) post({ kind: 'changed', userIds, newJobs })
    if (!mustReachDisk) return post({ kind: 'answer', id, value })
    if (isNewTurn(request, value)) post({ kind: 'queued', id })
    walSync.sync().then(() => post({ kind: 'answer', id, value }), fail(id))
  }

  function probe({ id }: ProbeRequest): void {
    commitNothing(connection)
    watch.succeeded()
    post({ kind: 'answer', id, value: undefined })
  }

  function write<Request extends { id: number }>(request: Request, handle: (request: Request) => void): void {
    turns.add(() => handle(request), fail(request.id))
  }

  function attempt<Request extends { id: number }>(request: Request, handle: (request: Request) => void): void {
    try {
      handle(request)
    } catch (error) {
      fail(request.id)(error)
    }
  }

  function fail(id: number): (error: unknown) => void {
    return (error) => {
      const failure = storageFailure(error)
      if (failure) watch.failed(failure)
      post({ kind: 'failed', id, ...describeError(failure ?? error) })
    }
  }

  async function close(): Promise<void> {
    await loading
    await turns.idle()
    await walSync.close()
    connection.close()
    parentPort?.close()
  }

  return (request) => {
    if (request.kind === 'close') void close()
    else if (request.kind === 'hurry') turns.hurry(HURRIED_MS)
    else if (request.kind === 'log') write(request, commit)
    else if (request.kind === 'probe') write(request, probe)
    else call(request)
  }
}

/** A commit of one page with the same content: as much as any write needs of the disk and of the lock. */
function commitNothing({ database, prepare, write }: SqliteConnection): void {
  const version = Number(prepare('PRAGMA user_version').get()?.['user_version'])
  write(() => database.exec(`PRAGMA user_version = ${version}`))
}

function isNewTurn({ name }: StoreRequest | QueueRequest, value: unknown): boolean {
  if (name !== 'startTurn') return false
  const result = value as StartTurnResult
  return result.ok && !result.repeated
}

function describeError(error: unknown) {
  const message = error instanceof Error ? error.message : String(error)
  return { message, code: error instanceof MillraceError ? error.code : ('invariant' as const) }
}

if (parentPort) {
  const port = parentPort
  const post = (reply: BackendReply): void => port.postMessage(reply)
  try {
    const { file } = workerData as { file: string }
    port.on('message', serve(file, post))
  } catch (error) {
    post({ kind: 'failed', id: 0, ...describeError(error) })
  }
}
