import { parentPort, workerData } from 'node:worker_threads'
import { MillraceError } from '#server/domain/errors.ts'
import type { StartTurnResult } from '#server/ports/store.ts'
import type { BackendCalls } from './backend-calls.ts'
import type { BackendReply, BackendRequest, LogRequest, QueueRequest, StoreRequest } from './backend-messages.ts'
import { createEventLogWriter } from './event-log-writer.ts'
import { openMigrated } from './migrate.ts'
import { createWalSync } from './wal-sync.ts'

/** The thread that owns a process's writing connection: everything it is asked is one transaction, in order of arrival. */
function serve(file: string, post: (reply: BackendReply) => void): (request: BackendRequest) => void {
  const connection = openMigrated(file)
  const walSync = createWalSync(file)
  const writer = createEventLogWriter(connection)
  let calls: BackendCalls | undefined
  // The query builder takes 0.1 s to load: said first, the process goes on starting while its first calls wait here.
  post({ kind: 'ready' })
  const loading = import('./backend-calls.ts').then(({ createBackendCalls }) => {
    calls = createBackendCalls(connection)
  })

  function commit({ id, batch }: LogRequest): void {
    const outcome = writer.apply(batch)
    post({ kind: 'committed', id, outcome })
    if (outcome.sealed) walSync.sync().then(() => post({ kind: 'synced', id }), fail(id))
  }

  function call(request: StoreRequest | QueueRequest): void {
    const { id } = request
    if (!calls) return void loading.then(() => attempt(request, call), fail(id))
    const { value, mustReachDisk } = calls.run(request)
    if (!mustReachDisk) return post({ kind: 'answer', id, value })
    if (isNewTurn(request, value)) post({ kind: 'queued', id })
    walSync.sync().then(() => post({ kind: 'answer', id, value }), fail(id))
  }

  function attempt<Request extends { id: number }>(request: Request, handle: (request: Request) => void): void {
    try {
      handle(request)
    } catch (error) {
      fail(request.id)(error)
    }
  }

  function fail(id: number): (error: unknown) => void {
    return (error) => post({ kind: 'failed', id, ...describeError(error) })
  }

  async function close(): Promise<void> {
    await loading
    await walSync.close()
    connection.close()
    parentPort?.close()
  }

  return (request) => {
    if (request.kind === 'close') void close()
    else if (request.kind === 'log') attempt(request, commit)
    else attempt(request, call)
  }
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
