import type { GenerationEvent } from '#protocol/events.ts'
import type { EventLog, LogRow } from '#server/ports/event-log.ts'
import type { RowSink } from './log-tail.ts'

/** A writer that appends numbered deltas to one log. */
export async function openWriter(log: EventLog, generationId: string, epoch = 1) {
  const opened = await log.open(generationId, epoch)
  let seq = opened.ok ? opened.lastSeq : 0
  async function append(events: GenerationEvent[]): Promise<void> {
    const result = await log.append(generationId, { epoch, afterSeq: seq }, events)
    if (!result.ok) throw new Error(result.reason)
    seq = result.lastSeq
  }
  return {
    write: (count = 1) =>
      append(Array.from({ length: count }, (_, index) => ({ type: 'text-delta', text: `${seq + 1 + index} `, at: 1 }))),
    end: () => append([{ type: 'end', status: 'completed', at: 2 }]),
  }
}

export interface Collector extends RowSink {
  seqs: number[]
  calls: (readonly LogRow[])[]
  ended: Promise<string>
}

export function collect(wantsMore: () => boolean = () => true): Collector {
  const { promise, resolve } = Promise.withResolvers<string>()
  const collector: Collector = {
    seqs: [],
    calls: [],
    ended: promise,
    rows(rows) {
      collector.calls.push(rows)
      collector.seqs.push(...rows.map((row) => row.seq))
      return wantsMore()
    },
    end: () => resolve('end'),
    cut: (reason) => resolve(reason),
  }
  return collector
}

export function upTo(last: number, first = 1): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
