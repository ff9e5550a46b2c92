import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { GenerationEvent } from '#protocol/events.ts'
import type { EventLogSubject } from './event-log.contract.ts'
import { MAX_READ_BYTES, type EventLog, type LogRow } from './event-log.ts'

/** Only a broken log uses it up. */
const CAP_MS = 10_000

/** What `EventLog.follow` promises, as tests. */
export function describeEventLogFollowContract(name: string, open: () => Promise<EventLogSubject>): void {
  describe(`event log contract, following: ${name}`, () => {
    let subject: EventLogSubject
    let log: EventLog
    let stop: AbortController
    beforeAll(async () => {
      subject = await open()
      log = subject.log
    })
    afterAll(() => subject.close())
    beforeEach(() => {
      stop = new AbortController()
    })
    afterEach(() => stop.abort())

    /** Collects what a follower of `log` yields, until `enough` rows were seen. */
    const collect = async (batches: AsyncIterable<readonly LogRow[]>, enough: number): Promise<LogRow[]> => {
      const rows: LogRow[] = []
      const timer = setTimeout(() => stop.abort(), CAP_MS)
      for await (const batch of batches) {
        expect(batch.length).toBeGreaterThan(0)
        rows.push(...batch)
        if (rows.length >= enough) break
      }
      clearTimeout(timer)
      return rows
    }

    const openLogs = async (count: number): Promise<string[]> => {
      const ids = Array.from({ length: count }, () => subject.newId())
      await Promise.all(ids.map((id) => log.open(id, 1)))
      return ids
    }

    test('starts with what is committed after the call, even before the first batch is asked for', async () => {
      const [id = ''] = await openLogs(1)
      await log.append(id, { epoch: 1, afterSeq: 0 }, [text('before')])
      const batches = log.follow(stop.signal)
      await log.append(id, { epoch: 1, afterSeq: 1 }, [text('after')])
      const rows = await collect(batches, 1)
      expect(rows).toMatchObject([{ generationId: id, epoch: 1, seq: 2, type: 'text-delta' }])
      expect(JSON.parse(rows[0]?.json ?? '')).toEqual(text('after'))
    })

    test('yields the events of many logs in commit order, each log in seq order and without gaps (P10)', async () => {
      const ids = await openLogs(40)
      const rounds = 50
      const collected = collect(log.follow(stop.signal), ids.length * rounds)
      await Promise.all(
        ids.map(async (id, which) => {
          for (let seq = 0; seq < rounds; seq++) {
            await log.append(id, { epoch: 1, afterSeq: seq }, [text(`${which}:${seq + 1}`)])
            if ((seq + which) % 7 === 0) await nextTurn()
          }
        }),
      )
      const rows = await collected
      expect(rows).toHaveLength(ids.length * rounds)
      for (const [which, id] of ids.entries()) {
        const own = rows.filter((row) => row.generationId === id)
        expect(own.map((row) => row.seq)).toEqual(Array.from({ length: rounds }, (_, index) => index + 1))
        expect(own.map((row) => (JSON.parse(row.json) as { text: string }).text)).toEqual(
          own.map((row) => `${which}:${row.seq}`),
        )
      }
    })

    test('an event that was committed after another one was acknowledged comes after it', async () => {
      const [first = '', second = ''] = await openLogs(2)
      const collected = collect(log.follow(stop.signal), 20)
      for (let seq = 0; seq < 10; seq++) {
        await log.append(first, { epoch: 1, afterSeq: seq }, [text('a')])
        await log.append(second, { epoch: 1, afterSeq: seq }, [text('b')])
      }
      const order = (await collected).map((row) => row.generationId)
      expect(order).toEqual(Array.from({ length: 10 }, () => [first, second]).flat())
    })

    test("finds another process's commits although no doorbell rang (P28)", async () => {
      const [id = ''] = await openLogs(1)
      const other = await subject.another()
      const collected = collect(log.follow(stop.signal), 2)
      await nextTurn()
      await other.append(id, { epoch: 1, afterSeq: 0 }, [text('a'), text('b')])
      expect((await collected).map((row) => row.seq)).toEqual([1, 2])
    })

    test('a follower that falls behind gets everything, in bounded batches', async () => {
      const [id = ''] = await openLogs(1)
      const batches = log.follow(stop.signal)
      for (let from = 0; from < 5_000; from += 1_000) {
        const events = Array.from({ length: 1_000 }, (_, index) => text(`${from + index + 1}`))
        await log.append(id, { epoch: 1, afterSeq: from }, events)
      }
      const sizes: number[] = []
      let next = 1
      for await (const batch of batches) {
        sizes.push(batch.length)
        for (const row of batch) expect(row.seq).toBe(next++)
        if (next > 5_000) break
      }
      expect(Math.max(...sizes)).toBeLessThanOrEqual(2_000)
    })

    test('P29: batches of long events are bounded by bytes, and nothing in them is lost', async () => {
      const ids = await openLogs(2)
      const batches = log.follow(stop.signal)
      const size = 65_000
      for (const id of ids) {
        const events = Array.from({ length: 80 }, (_, index) => text(index % 4 === 0 ? 'short' : 'x'.repeat(size)))
        await log.append(id, { epoch: 1, afterSeq: 0 }, events)
      }
      const rows: LogRow[] = []
      for await (const batch of batches) {
        const bytes = batch.slice(0, -1).reduce((sum, { json }) => sum + Buffer.byteLength(json), 0)
        expect(bytes).toBeLessThan(MAX_READ_BYTES)
        rows.push(...batch)
        if (rows.length >= 160) break
      }
      for (const id of ids) {
        const own = rows.filter(({ generationId }) => generationId === id)
        expect(own.map(({ seq }) => seq)).toEqual(Array.from({ length: 80 }, (_, index) => index + 1))
        expect(own.filter(({ json }) => json.length > size)).toHaveLength(60)
      }
    })

    test('new events are new also after old logs were dropped', async () => {
      const [old = '', id = ''] = await openLogs(2)
      await log.append(old, { epoch: 1, afterSeq: 0 }, [text('old'), end()])
      const batches = log.follow(stop.signal)
      await log.drop(old)
      await log.append(id, { epoch: 1, afterSeq: 0 }, [text('new')])
      expect(await collect(batches, 1)).toMatchObject([{ generationId: id, seq: 1 }])
    })

    test('a refused append shows nothing to followers', async () => {
      const [id = ''] = await openLogs(1)
      const collected = collect(log.follow(stop.signal), 1)
      await log.append(id, { epoch: 1, afterSeq: 5 }, [text('refused')])
      await log.append(id, { epoch: 1, afterSeq: 0 }, [text('a')])
      expect((await collected).map((row) => row.seq)).toEqual([1])
    })

    test('ends when its signal aborts, also while it waits', async () => {
      const batches = log.follow(stop.signal)[Symbol.asyncIterator]()
      const waiting = batches.next()
      await nextTurn()
      stop.abort()
      expect(await waiting).toMatchObject({ done: true })
    })
  })
}

const text = (value: string): GenerationEvent => ({ type: 'text-delta', text: value, at: 1 })
const end = (): GenerationEvent => ({ type: 'end', status: 'completed', finishReason: 'stop', at: 2 })
