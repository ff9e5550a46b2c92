import type { WalSync } from './wal-sync.ts'

/** Up to which place of the global log this process knows that the events survive a power loss. */
export interface DurablePosition {
  has(position: number): boolean
  /** Resolves when everything up to this committed position is on the disk; rejects when it cannot be brought there. */
  reach(position: number): Promise<void>
}

/**
 * Any process can sync the write-ahead log, whoever wrote it: the one that tells a client need not wait for the writer's
 * word. What was moved out of it into the database file before, SQLite itself has synced.
 */
export function createDurablePosition(walSync: Pick<WalSync, 'sync'>, readHighest: () => number): DurablePosition {
  let durable = 0
  let underWay: { upTo: number; done: Promise<void> } | undefined

  function start(): Promise<void> {
    const upTo = readHighest()
    const done = walSync.sync().then(() => {
      durable = Math.max(durable, upTo)
    })
    underWay = { upTo, done }
    return done
  }

  return {
    has: (position) => position <= durable,
    async reach(position) {
      if (position <= durable) return
      try {
        await (underWay && position <= underWay.upTo ? underWay.done : start())
      } catch (error) {
        underWay = undefined
        throw error
      }
    },
  }
}
