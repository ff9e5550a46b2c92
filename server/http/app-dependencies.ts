import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Logger } from '#server/domain/logger.ts'
import type { Settings } from '#server/domain/settings.ts'
import type { AddressGuard } from '#server/ports/address-guard.ts'
import type { BlobStore } from '#server/ports/blob-store.ts'
import type { Changes } from '#server/ports/changes.ts'
import type { Clock } from '#server/ports/clock.ts'
import type { Doorbell } from '#server/ports/doorbell.ts'
import type { EventLog } from '#server/ports/event-log.ts'
import type { JobQueue } from '#server/ports/job-queue.ts'
import type { KeyVault } from '#server/ports/key-vault.ts'
import type { Store } from '#server/ports/store.ts'
import type { CancelDependencies } from '#server/commands/cancel-generation.ts'
import type { DescribedProvider } from '#server/commands/list-provider-keys.ts'
import type { Attendance } from '#server/subscribe/attendance.ts'
import type { ChangeFeed } from '#server/subscribe/change-feed.ts'
import type { SharedTail } from '#server/subscribe/log-tail.ts'
import type { EventStreams } from './event-streams.ts'
import type { FeedStreams } from './feed-streams.ts'
import type { OpenStreams } from './open-streams.ts'
import type { QueuedSends } from './queued-sends.ts'

/** What the HTTP side is made of. */
export interface AppDependencies {
  settings: Settings
  log: EventLog
  queue: JobQueue
  store: Store
  doorbell: Doorbell
  changes: Changes
  clock: Clock
  blobs: BlobStore
  vault: KeyVault
  addressGuard: AddressGuard
  providers: readonly DescribedProvider[]
  /** Folder of the built page; undefined when it was not built. */
  webRoot: string | undefined
  /** Whether requests can be served in full; `/api/v1/health/ready` says it. */
  isReady(): boolean
  /** Rejects with the storage failure that a write would meet now: then nothing can be asked, only read. */
  probeStorage(): Promise<void>
  logger: Logger
}

/** What the routes use. */
export interface RouteDependencies extends AppDependencies {
  tail: SharedTail
  changeFeed: ChangeFeed
  openStreams: OpenStreams
  streams: EventStreams
  feedStreams: FeedStreams
  queuedSends: QueuedSends
  attendance: Attendance
  waitForEnd: CancelDependencies['waitForEnd']
}

/** The application with the types of its zod schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>
