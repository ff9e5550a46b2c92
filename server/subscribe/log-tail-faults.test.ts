import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { LOG_START } from '#protocol/cursor.ts'
import type { EventLog, LogRow } from '#server/ports/event-log.ts'
import type { EmbeddedBackend } from '#server/adapters/sql/embedded-backend.ts'
import { openBackend } from '#test/app/open-backend.ts'
import { collect, openWriter, upTo, type Collector } from './log-readers.fixture.ts'
import { createLogTail, type SharedTail } from './log-tail.ts'

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

describe('following a log that breaks its promises', () => {
  test('P10: a batch with a hole is never stepped over; the log is read again', async () => {
    const tail = openTail({ ...log, follow: (signal) => without(log.follow(signal), [4, 5, 8]) })
    const writer = await openWriter(log, g)
    const collector = collect()
    tail.follow(g, LOG_START, collector)
    await new Promise(setImmediate)
    for (let count = 0; count < 9; count++) {
      await writer.write()
      await new Promise(setImmediate)
    }
    await writer.end()
    expect(await collector.ended).toBe('end')
    expect(collector.seqs).toEqual(upTo(10))
  })

  test('P10: whatever is left out, doubled, turned round or handed on late, each reader gets every row once and in order', async () => {
    const random = createRandom(7)
    const tail = openTail({ ...log, follow: (signal) => mangled(log.follow(signal), random) })
    const writer = await openWriter(log, g)
    const readers: { after: number; collector: Collector }[] = []
    for (let seq = 0; seq < 300; seq += 5) {
      const collector = collect()
      readers.push({ after: seq, collector })
      tail.follow(g, { epoch: seq === 0 ? 0 : 1, seq }, collector)
      if (random() < 0.5) await new Promise(setImmediate)
      await writer.write(5)
    }
    await writer.end()
    for (const { after, collector } of readers) {
      expect(await collector.ended).toBe('end')
      expect(collector.seqs).toEqual(upTo(301, after + 1))
    }
  })

  test('rows that are handed on twice are delivered once', async () => {
    const tail = openTail({ ...log, follow: (signal) => twice(log.follow(signal)) })
    const writer = await openWriter(log, g)
    const collector = collect()
    tail.follow(g, LOG_START, collector)
    await new Promise(setImmediate)
    await writer.write(3)
    await writer.write(2)
    await new Promise(setImmediate)
    await writer.end()
    expect(await collector.ended).toBe('end')
    expect(collector.seqs).toEqual(upTo(6))
  })

  test('when handing on fails, the tail starts again and readers miss nothing', async () => {
    let broken = true
    const tail = openTail({ ...log, follow: (signal) => failing(log.follow(signal), () => broken) })
    const writer = await openWriter(log, g)
    const collector = collect()
    tail.follow(g, LOG_START, collector)
    await new Promise(setImmediate)
    await writer.write(2)
    await writer.write(2)
    broken = false
    await vi.waitFor(() => expect(collector.seqs).toEqual(upTo(4)), { timeout: 15_000 })
    await writer.end()
    expect(await collector.ended).toBe('end')
  })

  test('a reader whose log cannot be read is cut, never ended', async () => {
    const tail = openTail({ ...log, read: () => Promise.reject(new Error('disk')) })
    const collector = collect()
    tail.follow(g, LOG_START, collector)
    expect(await collector.ended).toBe('failed')
    expect(tail.count()).toEqual({ followers: 0, generations: 0 })
  })

  test('those who watch states are told of a gap, and get each state row that passes by', async () => {
    let broken = false
    const tail = openTail({ ...log, follow: (signal) => failing(log.follow(signal), () => broken) })
    const watched: LogRow[] = []
    let gaps = 0
    const stop = tail.watchStates({ rows: (rows) => void watched.push(...rows), missed: () => gaps++ })
    const start = { type: 'attempt-start', attempt: 1, reason: 'first', provider: 'p', model: 'm', at: 1 } as const
    await log.open(g, 1)
    await log.append(g, { epoch: 1, afterSeq: 0 }, [start, { type: 'text-delta', text: 'a', at: 1 }])
    await expect.poll(() => watched.map(({ type }) => type)).toEqual(['attempt-start'])
    const before = gaps
    broken = true
    await log.append(g, { epoch: 1, afterSeq: 2 }, [{ type: 'state', code: 'waiting', at: 1 }])
    await new Promise((resolve) => setTimeout(resolve, 50))
    broken = false
    await expect.poll(() => gaps).toBeGreaterThan(before)
    await log.append(g, { epoch: 1, afterSeq: 3 }, [{ type: 'end', status: 'completed', at: 2 }])
    await expect.poll(() => watched.map(({ type }) => type)).toEqual(['attempt-start', 'end'])
    stop()
  })
})

async function* without(batches: AsyncIterable<readonly LogRow[]>, seqs: number[]) {
  for await (const batch of batches) yield batch.filter((row) => !seqs.includes(row.seq))
}

async function* twice(batches: AsyncIterable<readonly LogRow[]>) {
  for await (const batch of batches) {
    yield batch
    yield [...batch]
  }
}

/** Numbers from 0 to 1, the same for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647
}

/** Breaks the promises of `follow`; only the terminal event, with which everything is read again, comes for sure. */
async function* mangled(batches: AsyncIterable<readonly LogRow[]>, random: () => number) {
  let late: LogRow[] = []
  for await (const batch of batches) {
    const rows = [...late, ...batch].filter((row) => row.type === 'end' || random() > 0.2)
    late = batch.filter((row) => row.type !== 'end' && random() < 0.3)
    if (random() < 0.2) rows.reverse()
    // Only in the middle: first and last look as if nothing were wrong.
    const [, second, third] = rows
    if (random() < 0.4 && second && third) rows.splice(1, 2, third, second)
    const at = Math.floor(random() * rows.length)
    const row = rows[at]
    if (random() < 0.3 && row) rows.splice(Math.floor(random() * rows.length), 0, row)
    if (rows.length > 0) yield rows
  }
}

async function* failing(batches: AsyncIterable<readonly LogRow[]>, isBroken: () => boolean) {
  for await (const batch of batches) {
    if (isBroken()) throw new Error('lost')
    yield batch
  }
}
