import { EVENT_VERSION, type GenerationEvent } from '#protocol/events.ts'
import type { EventLog, LogRow, LogTail } from '#server/ports/event-log.ts'

interface MemoryLog {
  openEpoch: number
  rows: LogRow[]
  sealed: boolean
  dropped: boolean
}

/** The event log in memory, for tests of what reads it. */
export function createMemoryEventLog(): EventLog {
  const logs = new Map<string, MemoryLog>()
  const committed: LogRow[] = []
  let wake = Promise.withResolvers<void>()

  return {
    async open(generationId, epoch) {
      const log = logs.get(generationId) ?? { openEpoch: 0, rows: [], sealed: false, dropped: false }
      logs.set(generationId, log)
      if (log.dropped) return { ok: false, reason: 'dropped' }
      if (log.sealed) return { ok: false, reason: 'sealed' }
      if (epoch < log.openEpoch) return { ok: false, reason: 'fenced' }
      log.openEpoch = epoch
      return { ok: true, lastSeq: log.rows.length }
    },
    async append(generationId, { epoch, afterSeq }, events) {
      const log = logs.get(generationId)
      if (!log) return { ok: false, reason: 'not-open' }
      if (log.dropped) return { ok: false, reason: 'dropped' }
      if (log.sealed) return { ok: false, reason: 'sealed' }
      if (epoch !== log.openEpoch) return { ok: false, reason: 'fenced' }
      if (afterSeq !== log.rows.length) return { ok: false, reason: 'conflict' }
      const rows = events.map((event, index) => toRow(generationId, epoch, afterSeq + 1 + index, event))
      log.rows.push(...rows)
      log.sealed = events.at(-1)?.type === 'end'
      committed.push(...rows)
      wake.resolve()
      wake = Promise.withResolvers()
      return { ok: true, lastSeq: log.rows.length, repeated: false }
    },
    async read(generationId, after, limit) {
      const log = logs.get(generationId)
      if (log?.dropped) return { ok: false, reason: 'dropped' }
      const rows = log?.rows ?? []
      if (after.seq > rows.length) return { ok: false, reason: 'beyond-tail' }
      if (after.seq > 0 && rows[after.seq - 1]?.epoch !== after.epoch) return { ok: false, reason: 'mismatch' }
      return { ok: true, rows: rows.slice(after.seq, after.seq + limit), tail: log && tailOf(log) }
    },
    async tail(generationId) {
      const log = logs.get(generationId)
      return log && !log.dropped ? tailOf(log) : undefined
    },
    async *follow(signal) {
      let next = committed.length
      const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      while (!signal.aborted) {
        if (next < committed.length) yield committed.slice(next, (next = committed.length))
        else await Promise.race([wake.promise, aborted])
      }
    },
    async drop(generationId) {
      const log = logs.get(generationId)
      if (log?.sealed) log.dropped = true
    },
  }
}

function toRow(generationId: string, epoch: number, seq: number, event: GenerationEvent): LogRow {
  return { generationId, epoch, seq, version: EVENT_VERSION, type: event.type, json: JSON.stringify(event) }
}

function tailOf(log: MemoryLog): LogTail {
  return { epoch: log.rows.at(-1)?.epoch ?? 0, seq: log.rows.length, openEpoch: log.openEpoch, sealed: log.sealed }
}
