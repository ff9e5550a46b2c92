import { open, stat, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Makes committed transactions survive a power loss, outside of any transaction and without blocking the thread. */
export interface WalSync {
  /** Resolves when everything committed before the call is on the disk. Calls made while one runs share the next. */
  sync(): Promise<void>
  /** Waits for what runs, then lets go of the file. */
  close(): Promise<void>
}

export function createWalSync(databaseFile: string): WalSync {
  const walFile = `${databaseFile}-wal`
  let handle: FileHandle | undefined
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined

  async function syncOnce(): Promise<void> {
    const current = await openWal()
    await current.datasync()
  }

  /** The file is another one after all connections of all processes were closed in between. */
  async function openWal(): Promise<FileHandle> {
    if (handle && (await handle.stat()).ino === (await stat(walFile)).ino) return handle
    await handle?.close()
    handle = undefined
    const opened = await open(walFile, 'r+')
    handle = opened
    // A file that was just created is found again only when its folder entry is on the disk too.
    const folder = await open(dirname(walFile), 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
    return opened
  }

  function start(): Promise<void> {
    const started = syncOnce().finally(() => {
      running = undefined
    })
    running = started
    return started
  }

  return {
    sync() {
      if (!running) return start()
      next ??= running.then(ignore, ignore).then(() => {
        next = undefined
        return start()
      })
      return next
    },
    async close() {
      while (running ?? next) await (next ?? running)?.then(ignore, ignore)
      await handle?.close()
      handle = undefined
    },
  }
}

const ignore = (): void => {}
