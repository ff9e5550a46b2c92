import { v7 as uuidv7 } from 'uuid'
import { createFolderBlobStore } from '#server/adapters/blobs/folder-blob-store.ts'
import { bellFolder } from '#server/adapters/doorbell/bell-folder.ts'
import { createSocketDoorbell } from '#server/adapters/doorbell/socket-doorbell.ts'
import { createSealedKeyVault } from '#server/adapters/keys/sealed-key-vault.ts'
import { openEmbeddedBackend } from '#server/adapters/sql/embedded-backend.ts'
import { migrateEmbedded } from '#server/adapters/sql/migrate.ts'
import { takeProcessLock, type ProcessLock } from '#server/adapters/sql/process-lock.ts'
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
import { createAddressGuard } from './upstream/address-guard.ts'
import { blobFolder, databaseFile, lockFile, masterKeyFile, prepareDataFolder } from './data-folder.ts'
import { createLogger } from './logger.ts'

/** What every role works with. */
export interface Foundation extends AsyncDisposable {
  log: EventLog
  queue: JobQueue
  store: Store
  doorbell: Doorbell
  changes: Changes
  clock: Clock
  /** The bytes of files that users send. */
  blobs: BlobStore
  /** Seals the keys that users store. */
  vault: KeyVault
  addressGuard: AddressGuard
  logger: Logger
  /** Rejects with the storage failure that a write would meet now. */
  probeStorage(): Promise<void>
}

/** Another process may be about to end, or to bring the database up to date. */
const LOCK_WAIT_MS = 1_500

export const systemClock: Clock = { now: () => Date.now(), newId: () => uuidv7() }

/**
 * Makes the data folder, brings the database to this version, and returns the lock of whoever rules this folder. Undefined
 * when another supervisor holds it: then nothing was touched.
 */
export async function claimInstallation(settings: Settings): Promise<ProcessLock | undefined> {
  prepareDataFolder(settings.dataDir)
  const lock = takeProcessLock(lockFile(settings.dataDir), LOCK_WAIT_MS)
  if (lock) await migrateEmbedded(databaseFile(settings.dataDir))
  return lock
}

/**
 * Opens the embedded backend and the doorbells, and lets each wake the other. `name` is unique among living processes;
 * `followsLog` says whether this one is to hear of every commit.
 */
export async function composeFoundation(
  settings: Settings,
  { name, followsLog }: { name: string; followsLog: boolean },
): Promise<Foundation> {
  const logger = createLogger(settings.logLevel, name)
  const doorbell = await createSocketDoorbell({ folder: bellFolder(settings.dataDir), name, hearsLog: followsLog })
  const backend = await openEmbeddedBackend({
    file: databaseFile(settings.dataDir),
    clock: systemClock,
    onLogCommit: () => doorbell.ring({ kind: 'log' }),
    onNewJobs: () => doorbell.ring({ kind: 'jobs' }),
    onUserChanged: (userId) => doorbell.ring({ kind: 'changes', userId }),
    onStorage(failure) {
      if (failure) logger.error({ code: failure.code }, failure.message)
      else logger.warn({}, 'The database can be written again.')
    },
  })
  doorbell.listen((bell) => {
    if (bell.kind === 'log') backend.wakeFollowers()
    if (bell.kind === 'changes') backend.tellChanged(bell.userId)
  })
  const { log, queue, store } = backend
  return {
    log,
    queue,
    store,
    doorbell,
    changes: backend.changes,
    clock: systemClock,
    blobs: createFolderBlobStore(blobFolder(settings.dataDir)),
    vault: createSealedKeyVault({ secretKey: settings.secretKey, file: masterKeyFile(settings.dataDir) }),
    addressGuard: createAddressGuard(settings.privateBaseUrls),
    logger,
    probeStorage: backend.probeStorage,
    async [Symbol.asyncDispose]() {
      await doorbell.close()
      await backend.close()
    },
  }
}
