import { parentPort, workerData } from 'node:worker_threads'
import { MillraceError } from '#server/domain/errors.ts'
import type { JobQueue } from '#server/ports/job-queue.ts'
import type { Store } from '#server/ports/store.ts'
import type { BackendReply, BackendRequest } from './backend-messages.ts'
import { createEventLogWriter } from './event-log-writer.ts'
import { createJobQueueTransactions } from './job-queue.ts'
import { openMigrated } from './migrate.ts'
import type { SqliteConnection } from './sqlite-connection.ts'
import { createSqliteContext } from './sqlite-context.ts'
import { createStoreTransactions } from './store/store-transactions.ts'
import type { Transaction } from './transaction.ts'
import { createWalSync } from './wal-sync.ts'

/** Calls that only read, on a snapshot and without the write lock. */
const READS: ReadonlySet<keyof Store | keyof JobQueue> = new Set([
  'listConversations',
  'getConversation',
  'listMessages',
  'getMessage',
  'branch',
  'getGeneration',
  'findGeneration',
  'listUnsettled',
  'readCatalogue',
  'position',
])

/** The thread that owns a process's writing connection: everything it is asked is one transaction, in order of arrival. */
function serve(file: string, post: (reply: BackendReply) => void): (request: BackendRequest) => void {
  const connection = openMigrated(file)
  const walSync = createWalSync(file)
  const context = createSqliteContext()
  const store = createStoreTransactions(context)
  const writer = createEventLogWriter(connection)

  const fail = (id: number) => (error: unknown) => {
    post({ kind: 'failed', id, ...describeError(error) })
  }

  function handle(request: Exclude<BackendRequest, { kind: 'close' }>): void {
    const { id } = request
    switch (request.kind) {
      case 'store': {
        const value = runCall(connection, request.name, callOf(store, request))
        // A settled answer can be made again from the log; everything else here a client is told.
        if (READS.has(request.name) || request.name === 'settle') return post({ kind: 'answer', id, value })
        return void walSync.sync().then(() => post({ kind: 'answer', id, value }), fail(id))
      }
      case 'queue': {
        const queue = createJobQueueTransactions(context, request.now)
        return post({ kind: 'answer', id, value: runCall(connection, request.name, callOf(queue, request)) })
      }
      case 'log': {
        const outcome = writer.apply(request.batch)
        post({ kind: 'committed', id, outcome })
        if (outcome.sealed) void walSync.sync().then(() => post({ kind: 'synced', id }), fail(id))
      }
    }
  }

  return (request) => {
    if (request.kind === 'close') return void walSync.close().then(() => finish(connection))
    try {
      handle(request)
    } catch (error) {
      fail(request.id)(error)
    }
  }
}

/** The types of name and arguments were checked on the calling side, where the port's methods are. */
function callOf(transactions: object, { name, args }: { name: string; args: unknown[] }): () => Transaction<unknown> {
  const methods = transactions as Record<string, (...args: unknown[]) => Transaction<unknown>>
  const method = methods[name]
  if (!method) throw new MillraceError('invariant', `The backend has no "${name}".`)
  return () => method(...args)
}

function runCall(connection: SqliteConnection, name: keyof Store | keyof JobQueue, call: () => Transaction<unknown>) {
  const work = () => connection.run(call())
  return READS.has(name) ? connection.read(work) : connection.write(work)
}

function finish(connection: SqliteConnection): void {
  connection.close()
  parentPort?.close()
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
    post({ kind: 'ready' })
  } catch (error) {
    post({ kind: 'failed', id: 0, ...describeError(error) })
  }
}
