import { MillraceError } from '#server/domain/errors.ts'
import type { JobQueue } from '#server/ports/job-queue.ts'
import type { Store } from '#server/ports/store.ts'
import type { QueueRequest, StoreRequest } from './backend-messages.ts'
import { createJobQueueTransactions } from './job-queue.ts'
import type { SqliteConnection } from './sqlite-connection.ts'
import { createSqliteContext } from './sqlite-context.ts'
import { createStoreTransactions } from './store/store-transactions.ts'
import type { Transaction } from './transaction.ts'

/** Runs the store's and the queue's calls, each as one transaction. */
export interface BackendCalls {
  /** Whether the call needs no write lock. */
  onlyReads(request: StoreRequest | QueueRequest): boolean
  run(request: StoreRequest | QueueRequest): CallOutcome
}

export interface CallOutcome {
  value: unknown
  mustReachDisk: boolean
  /** Users of whom something changed that they see. */
  changedUsers: string[]
  /** Whether it left jobs that nobody is told of otherwise. */
  newJobs: boolean
}

const NOTHING_CHANGED = { changedUsers: [], newJobs: false }

/** Calls that only read, on a snapshot and without the write lock. */
const READS: ReadonlySet<keyof Store | keyof JobQueue> = new Set([
  'listConversations',
  'getConversation',
  'listChanges',
  'readRevisions',
  'listQueue',
  'listTurnsToStop',
  'getQueuedTurn',
  'listLive',
  'listMessages',
  'getMessage',
  'branch',
  'answerBefore',
  'getGeneration',
  'findGeneration',
  'listStopOnDisconnect',
  'listRunning',
  'listUnsettled',
  'readCatalogue',
  'getFiles',
  'findUserKey',
  'listUserKeys',
  'position',
  'countLone',
])

export function createBackendCalls(connection: SqliteConnection): BackendCalls {
  const context = createSqliteContext()
  const store = createStoreTransactions(context)

  return {
    onlyReads: ({ name }) => READS.has(name),
    run(request) {
      const transactions = request.kind === 'store' ? store : createJobQueueTransactions(context, request.now)
      const work = (): unknown => connection.run(start(transactions, request.name, request.args))
      if (READS.has(request.name)) {
        const value = connection.read(work)
        // A repeat may overtake the first send on its way to the disk.
        return { value, mustReachDisk: request.name === 'answerBefore' && value !== undefined, ...NOTHING_CHANGED }
      }
      // Clients are told what the store wrote; a settled answer, a claim or a lease can be made again.
      const mustReachDisk = request.kind === 'store' && request.name !== 'settle'
      const { effects } = context
      effects.users.clear()
      effects.jobs = false
      const value = connection.write(work)
      return { value, mustReachDisk, changedUsers: [...effects.users], newJobs: effects.jobs }
    },
  }
}

/** The types of name and arguments were checked on the calling side, where the port's methods are. */
function start(transactions: object, name: string, args: unknown[]): Transaction<unknown> {
  const method = (transactions as Record<string, (...args: unknown[]) => Transaction<unknown>>)[name]
  if (!method) throw new MillraceError('invariant', `The backend has no "${name}".`)
  return method(...args)
}
