import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Cursor } from '#protocol/cursor.ts'
import type { GenerationEvent } from '#protocol/events.ts'
import type { EventLogSubject } from './event-log.contract.ts'
import type { AppendPosition, EventLog } from './event-log.ts'

/** Compares a log with a model of it that fits in a few lines, over random calls of two processes. */
export function describeRandomEventLogContract(name: string, open: () => Promise<EventLogSubject>): void {
  describe(`event log contract, random calls: ${name}`, () => {
    let subject: EventLogSubject
    beforeAll(async () => {
      subject = await open()
    })
    afterAll(() => subject.close())

    test('answers like the model, whatever is asked by whom', async () => {
      const other = await subject.another()
      await fc.assert(
        fc.asyncProperty(fc.array(call, { maxLength: 40 }), async (sequence) => {
          const id = subject.newId()
          const model = createModel()
          for (const { process, asked } of sequence) {
            const log = process === 0 ? subject.log : other
            expect(await ask(log, id, asked), JSON.stringify(asked)).toEqual(answer(model, asked))
          }
        }),
        { numRuns: 60 },
      )
    })
  })
}

type Call =
  | { kind: 'open'; epoch: number }
  | { kind: 'append'; at: AppendPosition; events: GenerationEvent[] }
  | { kind: 'read'; after: Cursor; limit: number }
  | { kind: 'tail' }
  | { kind: 'drop' }

const small = fc.integer({ min: 0, max: 3 })
// Two texts only, so that random repeats are likely; bursts cross the places where an index may have its marks.
const delta = fc.constantFrom<GenerationEvent>(
  { type: 'text-delta', text: 'a', at: 1 },
  { type: 'text-delta', text: 'b', at: 1 },
)
const burst = fc.constantFrom(1, 40, 64, 70).map((count) => Array.from({ length: count }, () => deltaOf('a')))
const events = fc.oneof(
  { weight: 4, arbitrary: fc.array(delta, { minLength: 1, maxLength: 3 }) },
  { weight: 3, arbitrary: burst },
  { weight: 1, arbitrary: fc.constant<GenerationEvent[]>([deltaOf('a'), endEvent()]) },
)
/** Mostly the place where the model ends: −1 stands for it. */
const place = fc.oneof({ weight: 3, arbitrary: fc.constant(-1) }, fc.integer({ min: 0, max: 150 }), small)
const calls: Record<Call['kind'], fc.Arbitrary<Call>> = {
  open: small.map((epoch) => ({ kind: 'open', epoch })),
  append: fc.tuple(small, place, events).map(([epoch, afterSeq, appended]) => ({
    kind: 'append',
    at: { epoch, afterSeq },
    events: appended,
  })),
  read: fc.tuple(small, place, fc.integer({ min: 1, max: 100 })).map(([epoch, seq, limit]) => ({
    kind: 'read',
    after: { epoch, seq },
    limit,
  })),
  tail: fc.constant({ kind: 'tail' }),
  drop: fc.constant({ kind: 'drop' }),
}
const anyCall = fc.oneof(
  { weight: 3, arbitrary: calls.open },
  { weight: 8, arbitrary: calls.append },
  { weight: 4, arbitrary: calls.read },
  { weight: 1, arbitrary: calls.tail },
  { weight: 1, arbitrary: calls.drop },
)
const call = fc.tuple(fc.integer({ min: 0, max: 1 }), anyCall).map(([process, asked]) => ({ process, asked }))

function deltaOf(text: string): GenerationEvent {
  return { type: 'text-delta', text, at: 1 }
}

function endEvent(): GenerationEvent {
  return { type: 'end', status: 'completed', at: 2 }
}

async function ask(log: EventLog, id: string, asked: Call): Promise<unknown> {
  switch (asked.kind) {
    case 'open':
      return log.open(id, asked.epoch)
    case 'append':
      return log.append(id, { ...asked.at, afterSeq: await resolve(log, id, asked.at.afterSeq) }, asked.events)
    case 'read': {
      const result = await log.read(id, { ...asked.after, seq: await resolve(log, id, asked.after.seq) }, asked.limit)
      return result.ok ? result.rows.map(({ epoch, seq, json }) => ({ epoch, seq, json })) : result.reason
    }
    case 'tail':
      return log.tail(id)
    case 'drop':
      return log.drop(id)
  }
}

async function resolve(log: EventLog, id: string, seq: number): Promise<number> {
  return seq === -1 ? ((await log.tail(id))?.seq ?? 0) : seq
}

interface Model {
  openEpoch: number | undefined
  rows: { epoch: number; seq: number; json: string }[]
  sealed: boolean
  dropped: boolean
}

function createModel(): Model {
  return { openEpoch: undefined, rows: [], sealed: false, dropped: false }
}

function answer(model: Model, asked: Call): unknown {
  const refused = (reason: string) => ({ ok: false, reason })
  const last = model.dropped ? 0 : model.rows.length
  switch (asked.kind) {
    case 'open':
      if (model.dropped) return refused('dropped')
      if (model.sealed) return refused('sealed')
      if (asked.epoch < (model.openEpoch ?? 0)) return refused('fenced')
      model.openEpoch = asked.epoch
      return { ok: true, lastSeq: last }
    case 'append':
      return appendToModel(model, asked.at.afterSeq === -1 ? last : asked.at.afterSeq, asked.at.epoch, asked.events)
    case 'read': {
      const { epoch } = asked.after
      const seq = asked.after.seq === -1 ? last : asked.after.seq
      if (model.dropped) return 'dropped'
      if (seq > last) return 'beyond-tail'
      if ((model.rows[seq - 1]?.epoch ?? 0) !== epoch) return 'mismatch'
      return model.rows.slice(seq, seq + asked.limit)
    }
    case 'tail': {
      if (model.openEpoch === undefined || model.dropped) return undefined
      return { epoch: model.rows.at(-1)?.epoch ?? 0, seq: last, openEpoch: model.openEpoch, sealed: model.sealed }
    }
    case 'drop':
      if (model.sealed) model.dropped = true
      return undefined
  }
}

function appendToModel(model: Model, afterSeq: number, epoch: number, appended: GenerationEvent[]): unknown {
  const refused = (reason: string) => ({ ok: false, reason })
  if (model.openEpoch === undefined) return refused('not-open')
  if (model.dropped) return refused('dropped')
  const rows = appended.map((event, index) => ({ epoch, seq: afterSeq + index + 1, json: JSON.stringify(event) }))
  const standing = model.rows.slice(afterSeq, afterSeq + rows.length)
  const lastSeq = afterSeq + rows.length
  if (JSON.stringify(standing) === JSON.stringify(rows)) return { ok: true, lastSeq, repeated: true }
  if (model.sealed) return refused('sealed')
  if (epoch < model.openEpoch) return refused('fenced')
  if (epoch > model.openEpoch) return refused('not-open')
  if (afterSeq !== model.rows.length) return refused('conflict')
  model.rows.push(...rows)
  model.sealed = appended.at(-1)?.type === 'end'
  return { ok: true, lastSeq, repeated: false }
}
