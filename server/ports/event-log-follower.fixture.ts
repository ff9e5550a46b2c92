import { expect } from 'vitest'
import { MAX_READ_BYTES, type EventLog, type LogRow } from './event-log.ts'

/** Collects what a follower of the log is told. */
export interface LogFollower {
  rows: LogRow[]
  stop(): Promise<void>
}

export function startLogFollower(log: EventLog): LogFollower {
  const stop = new AbortController()
  const rows: LogRow[] = []
  const batches = log.follow(stop.signal)
  const done = (async () => {
    for await (const batch of batches) {
      const bytes = batch.slice(0, -1).reduce((sum, { json }) => sum + Buffer.byteLength(json), 0)
      expect(bytes).toBeLessThan(MAX_READ_BYTES)
      rows.push(...batch)
    }
  })()
  return {
    rows,
    stop() {
      stop.abort()
      return done
    },
  }
}
