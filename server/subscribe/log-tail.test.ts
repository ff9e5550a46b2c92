import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { LOG_START, type Cursor } from '#protocol/cursor.ts'
import type { EventLog } from '#server/ports/event-log.ts'
import type { EmbeddedBackend } from '#server/adapters/sql/embedded-backend.ts'
import { openBackend } from '#test/app/open-backend.ts'
import { collect, openWriter, upTo, type Collector } from './log-readers.fixture.ts'
import { createLogTail, type Follower, type SharedTail } from './log-tail.ts'

const silent = { error() {}, warn() {}, info() {} }
const tails: SharedTail[] = []

let backend: EmbeddedBackend
let log: EventLog
let g: string

beforeAll(async () => {
  backend = await openBackend()
  log = backend.log
})
afterAll(() => backend.close())
beforeEach(() => {
  g = randomUUID()
})
afterEach(() => Promise.all(tails.splice(0).map((tail) => tail.close())))

function openTail(log: EventLog): SharedTail {
  const tail = createLogTail({ log, logger: silent })
  tails.push(tail)
  return tail
}

describe('following a log', () => {
  test('P8: a reader that attaches at any seq while events are appended sees each later event once and in order', async () => {
    const tail = openTail(log)
    const writer = await openWriter(log, g)
    const readers: { after: number; collector: Collector }[] = []
    for (let seq = 0; seq < 200; seq++) {
      const collector = collect()
      readers.push({ after: seq, collector })
      // Attached before, between and after the steps of an append that is under way.
      const writing = writer.write()
      for (let step = 0; step < seq % 4; step++) await Promise.resolve()
      tail.follow(g, { epoch: seq === 0 ? 0 : 1, seq }, collector)
      await writing
      if (seq % 3 === 0) await new Promise(setImmediate)
    }
    await writer.end()
    for (const { after, collector } of readers) {
      expect(await collector.ended).toBe('end')
      expect(collector.seqs).toEqual(upTo(201, after + 1))
    }
    expect(tail.count()).toEqual({ followers: 0, generations: 0 })
  })

  test('P8: what is appended after the log was read and before the reader knows of it is not missed', async () => {
    const read = Promise.withResolvers<void>()
    const handedOn = Promise.withResolvers<void>()
    const tail = openTail({
      ...log,
      async read(...args) {
        const result = await log.read(...args)
        read.resolve()
        await handedOn.promise
        return result
      },
    })
    const writer = await openWriter(log, g)
    await writer.write()
    const slow = collect()
    const witness = collect()
    tail.follow(g, LOG_START, slow)
    await read.promise
    await writer.write()
    await writer.end()
    openTail(log).follow(g, LOG_START, witness)
    await witness.ended
    handedOn.resolve()
    expect(await slow.ended).toBe('end')
    expect(slow.seqs).toEqual([1, 2, 3])
  })

  test('a log longer than one read is delivered whole, whether it is sealed or goes on', async () => {
    const tail = openTail(log)
    const writer = await openWriter(log, g)
    await writer.write(1_000)
    const live = collect()
    tail.follow(g, LOG_START, live)
    await vi.waitFor(() => expect(live.seqs).toHaveLength(1_000))
    await writer.write(24)
    await writer.end()
    const late = collect()
    tail.follow(g, LOG_START, late)
    expect(await live.ended).toBe('end')
    expect(await late.ended).toBe('end')
    expect(live.seqs).toEqual(upTo(1_025))
    expect(late.seqs).toEqual(upTo(1_025))
  })

  test('a reader of a sealed log whose cursor is its end is told so and gets no row', async () => {
    const writer = await openWriter(log, g)
    await writer.end()
    const collector = collect()
    openTail(log).follow(g, { epoch: 1, seq: 1 }, collector)
    expect(await collector.ended).toBe('end')
    expect(collector.calls).toEqual([])
  })

  test.each<[string, Cursor, string]>([
    ['of another epoch', { epoch: 7, seq: 1 }, 'mismatch'],
    ['beyond the tail', { epoch: 1, seq: 9 }, 'beyond-tail'],
  ])('a cursor %s is refused', async (_name, cursor, reason) => {
    await (await openWriter(log, g)).write(2)
    const collector = collect()
    openTail(log).follow(g, cursor, collector)
    expect(await collector.ended).toBe(reason)
  })

  test('all who stand at the same place are handed the same array, and only the rows of their own generation', async () => {
    const tail = openTail(log)
    const writers = await Promise.all([g, randomUUID()].map((id) => openWriter(log, id)))
    const collectors = upTo(3).map(() => collect())
    for (const collector of collectors) tail.follow(g, LOG_START, collector)
    await new Promise(setImmediate)
    await Promise.all(writers.map((writer) => writer.write(2)))
    await vi.waitFor(() => expect(collectors[2]?.seqs).toEqual([1, 2]))
    const [first, second, third] = collectors
    expect(first?.calls[0]?.every((row) => row.generationId === g)).toBe(true)
    expect(second?.calls[0]).toBe(first?.calls[0])
    expect(third?.calls[0]).toBe(first?.calls[0])
  })

  test('P29: nothing is delivered to a paused reader; resumed, it goes on where it stopped', async () => {
    const tail = openTail(log)
    const writer = await openWriter(log, g)
    let open = true
    const slow = collect(() => open)
    const follower = tail.follow(g, LOG_START, slow)
    await new Promise(setImmediate)
    open = false
    await writer.write()
    await vi.waitFor(() => expect(slow.seqs).toEqual([1]))
    for (let count = 0; count < 60; count++) await writer.write(10)
    expect(slow.seqs).toEqual([1])
    open = true
    follower.resume()
    await vi.waitFor(() => expect(slow.seqs).toEqual(upTo(601)))
    await writer.end()
    expect(await slow.ended).toBe('end')
    expect(slow.seqs).toEqual(upTo(602))
  })

  test('P26: ten thousand readers that attach and leave, some while they still read, leave nothing behind', async () => {
    const tail = openTail(log)
    const writer = await openWriter(log, g)
    await writer.write(3)
    const collectors: Collector[] = []
    for (let count = 0; count < 10_000; count++) {
      const collector = collect()
      collectors.push(collector)
      const follower: Follower = tail.follow(count % 2 === 0 ? g : randomUUID(), LOG_START, collector)
      if (count % 3 === 0) await Promise.resolve()
      follower.stop()
    }
    const delivered = collectors.reduce((sum, { seqs }) => sum + seqs.length, 0)
    await writer.write(5)
    await new Promise(setImmediate)
    expect(tail.count()).toEqual({ followers: 0, generations: 0 })
    expect(collectors.reduce((sum, { seqs }) => sum + seqs.length, 0)).toBe(delivered)
  })

  test('closing cuts everyone, also those who come later', async () => {
    const tail = createLogTail({ log, logger: silent })
    const before = collect()
    tail.follow(g, LOG_START, before)
    await tail.close()
    const after = collect()
    tail.follow(g, LOG_START, after)
    expect(await before.ended).toBe('closed')
    expect(await after.ended).toBe('closed')
  })
})
