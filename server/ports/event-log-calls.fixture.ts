import fc from 'fast-check'
import type { Cursor } from '#protocol/cursor.ts'
import type { GenerationEvent } from '#protocol/events.ts'
import {
  appendToModel,
  dropModel,
  openModel,
  readModel,
  tailOfModel,
  type LogModel,
} from './event-log-model.fixture.ts'
import type { AppendPosition, EventLog } from './event-log.ts'

/** A call about one log. */
export type LogCall =
  | { kind: 'open'; epoch: number }
  | { kind: 'append'; at: AppendPosition; events: GenerationEvent[] }
  | { kind: 'read'; after: Cursor; limit: number }
  | { kind: 'tail' }
  | { kind: 'drop' }

/** A random call that becomes concrete when its turn comes. */
export type LogChoice = (log: LogModel) => LogCall

export async function performOnLog(log: EventLog, id: string, call: LogCall): Promise<unknown> {
  switch (call.kind) {
    case 'open':
      return log.open(id, call.epoch)
    case 'append':
      return log.append(id, call.at, call.events)
    case 'read': {
      const result = await log.read(id, call.after, call.limit)
      if (!result.ok) return { reason: result.reason }
      return { rows: result.rows.map(({ epoch, seq, json }) => ({ epoch, seq, json })), more: result.more }
    }
    case 'tail':
      return log.tail(id)
    case 'drop':
      return log.drop(id)
  }
}

/** What a call should answer. Changes the model as the call should change the log. */
export function predictOfLog(model: LogModel, call: LogCall): unknown {
  switch (call.kind) {
    case 'open':
      return openModel(model, call.epoch)
    case 'append':
      return appendToModel(model, call.at, call.events)
    case 'read':
      return readModel(model, call.after, call.limit)
    case 'tail':
      return tailOfModel(model)
    case 'drop':
      return dropModel(model)
  }
}

export function showLogCall(call: LogCall): string {
  if (call.kind !== 'append') return JSON.stringify(call)
  const events = call.events.map((event) => ('text' in event ? `${event.text.at(0)}×${event.text.length}` : event.type))
  return `append ${call.at.epoch}-${call.at.afterSeq} [${events.length} events: ${[...new Set(events)].join(', ')}]`
}

// Two texts only, so that random repeats are likely.
const short = fc.constantFrom(delta('a'), delta('b'))
/** Crosses the places where an index may have its marks. */
const burst = fc.constantFrom(40, 64, 70).map((count) => Array.from({ length: count }, () => delta('a')))
/** More than a reader takes along in passing; and more than fits into one read. */
const long = fc.constantFrom([4_100], [140_000, 140_000]).map((lengths) => {
  return lengths.flatMap((length) => [delta('c'.repeat(length)), delta('a')])
})
const events = fc.oneof(
  { weight: 8, arbitrary: fc.array(short, { minLength: 1, maxLength: 3 }) },
  { weight: 4, arbitrary: burst },
  { weight: 1, arbitrary: long },
  { weight: 1, arbitrary: fc.constant<GenerationEvent[]>([]) },
  { weight: 1, arbitrary: fc.constantFrom<GenerationEvent[]>([end()], [delta('a'), end()]) },
)

/** Mostly the epoch that may write; else one around it. */
const epoch = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(-1, 1, 2) })
/** Mostly where the log ends, for -1; else anywhere in it and beyond. */
const place = fc.oneof({ weight: 4, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: fc.nat(300) }, fc.nat(3))

const open = epoch.map((step): LogChoice => ({ openEpoch = 1 }) => ({
  kind: 'open',
  epoch: Math.max(0, openEpoch + step),
}))

const append = fc
  .record({ epoch, place, events })
  .map(({ epoch: step, place: at, events: appended }): LogChoice => ({ openEpoch, rows }) => {
    // Most appends to a log that nobody opened would be in vain.
    if (openEpoch === undefined && at === -1) return { kind: 'open', epoch: 1 }
    const position = { epoch: Math.max(0, (openEpoch ?? 1) + step), afterSeq: at === -1 ? rows.length : at }
    return { kind: 'append', at: position, events: appended }
  })

const read = fc
  .record({ epoch, place, limit: fc.constantFrom(1, 3, 64, 100, 1_000) })
  .map(({ epoch: step, place: at, limit }): LogChoice => ({ rows }) => {
    // Read from the end would find nothing: from its start is what readers do most.
    const seq = at === -1 ? 0 : Math.min(at, rows.length + 1)
    const ownEpoch = rows[seq - 1]?.epoch ?? 0
    return { kind: 'read', after: { epoch: Math.max(0, ownEpoch + step), seq }, limit }
  })

export const logChoice: fc.Arbitrary<LogChoice> = fc.oneof(
  { weight: 4, arbitrary: open },
  { weight: 12, arbitrary: append },
  { weight: 4, arbitrary: read },
  { weight: 1, arbitrary: fc.constant<LogChoice>(() => ({ kind: 'tail' })) },
  { weight: 1, arbitrary: fc.constant<LogChoice>(() => ({ kind: 'drop' })) },
)

export const appendChoice: fc.Arbitrary<LogChoice> = append

function delta(text: string): GenerationEvent {
  return { type: 'text-delta', text, at: 1 }
}

function end(): GenerationEvent {
  return { type: 'end', status: 'completed', at: 2 }
}
