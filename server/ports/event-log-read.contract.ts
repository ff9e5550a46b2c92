import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LOG_START } from '#protocol/cursor.ts'
import type { GenerationEvent } from '#protocol/events.ts'
import type { EventLogSubject } from './event-log.contract.ts'
import { MAX_READ_BYTES, type EventLog, type LogRow } from './event-log.ts'

/** What `EventLog.read` promises, as tests. */
export function describeEventLogReadContract(name: string, open: () => Promise<EventLogSubject>): void {
  describe(`event log contract, reading: ${name}`, () => {
    let subject: EventLogSubject
    let log: EventLog
    beforeAll(async () => {
      subject = await open()
      log = subject.log
    })
    afterAll(() => subject.close())

    /** A log that was opened with epoch 1 and holds these texts. */
    const written = async (...texts: string[]): Promise<string> => {
      const id = subject.newId()
      await log.open(id, 1)
      await log.append(id, { epoch: 1, afterSeq: 0 }, texts.map(text))
      return id
    }

    test('a log that was never opened reads as empty, one that is open tells its tail', async () => {
      const id = subject.newId()
      expect(await log.read(id, LOG_START, 10)).toEqual({ ok: true, rows: [], more: false, tail: undefined })
      await log.open(id, 4)
      const tail = { epoch: 0, seq: 0, openEpoch: 4, sealed: false }
      expect(await log.read(id, LOG_START, 10)).toEqual({ ok: true, rows: [], more: false, tail })
    })

    test('from every place the rest follows, however it is cut into pages', async () => {
      const all = Array.from({ length: 200 }, (_, index) => `${index + 1}`)
      const id = await written(...all)
      for (const seq of [0, 1, 62, 63, 64, 65, 127, 128, 129, 199, 200]) {
        for (const limit of [1, 7, 64, 100, 200, 201]) {
          const page = await log.read(id, { epoch: seq && 1, seq }, limit)
          expect(page.ok && texts(page.rows)).toEqual(all.slice(seq, seq + limit))
          expect(page).toMatchObject({ more: seq + limit < 200, tail: { seq: 200 } })
        }
      }
    })

    test('P29: a read is bounded by bytes as well, says whether there is more, and always brings something', async () => {
      const sizes = [10, 60_000, 300_000, 10, 10, 4_000, 4_200, 100_000, ...Array.from({ length: 140 }, () => 65_000)]
      const all = sizes.map((size, index) => (index % 3 === 0 ? 'é水'.repeat(size / 5) : 'x'.repeat(size)))
      const id = await written(...all)
      for (const limit of [1, 2, 128, 1_000]) {
        const pages = await readPages(log, id, limit)
        expect(pages.flatMap((rows) => texts(rows))).toEqual(all)
        for (const [index, rows] of pages.entries()) {
          expect(rows.length).toBeLessThanOrEqual(limit)
          expect(bytesOf(rows.slice(0, -1))).toBeLessThan(MAX_READ_BYTES)
          // It is not smaller than it need be either: what ends it is the limit, the bytes or the log.
          const isFull = rows.length === limit || bytesOf(rows) >= MAX_READ_BYTES
          expect(isFull || index === pages.length - 1).toBe(true)
        }
      }
    })

    test('a cursor that names another event is a mismatch, one after the end is beyond the tail (P8)', async () => {
      const id = await written('a')
      await log.open(id, 2)
      await log.append(id, { epoch: 2, afterSeq: 1 }, [text('b')])
      const outcome = async (epoch: number, seq: number) => {
        const result = await log.read(id, { epoch, seq }, 10)
        return result.ok ? texts(result.rows).join() : result.reason
      }
      expect(await outcome(0, 0)).toBe('a,b')
      expect(await outcome(1, 1)).toBe('b')
      expect(await outcome(2, 2)).toBe('')
      expect(await outcome(2, 1)).toBe('mismatch')
      expect(await outcome(1, 2)).toBe('mismatch')
      expect(await outcome(1, 0)).toBe('mismatch')
      expect(await outcome(2, 3)).toBe('beyond-tail')
      const beyond = { ok: false, reason: 'beyond-tail' }
      expect(await log.read(subject.newId(), { epoch: 1, seq: 1 }, 10)).toEqual(beyond)
    })

    test('what one process appended another one reads at once', async () => {
      const id = await written('a')
      expect(await (await subject.another()).read(id, LOG_START, 10)).toMatchObject({ rows: [{ seq: 1 }] })
    })
  })
}

const text = (value: string): GenerationEvent => ({ type: 'text-delta', text: value, at: 1 })

function texts(rows: readonly LogRow[]): string[] {
  return rows.map((row) => (JSON.parse(row.json) as { text: string }).text)
}

function bytesOf(rows: readonly LogRow[]): number {
  return rows.reduce((sum, { json }) => sum + Buffer.byteLength(json), 0)
}

/** The whole log, page by page, until a page says that there is no more. */
async function readPages(log: EventLog, id: string, limit: number): Promise<LogRow[][]> {
  const pages: LogRow[][] = []
  let cursor = LOG_START
  for (;;) {
    const page = await log.read(id, cursor, limit)
    if (!page.ok) throw new Error(page.reason)
    pages.push(page.rows)
    const last = page.rows.at(-1)
    if (!last) throw new Error('a page without a row')
    cursor = { epoch: last.epoch, seq: last.seq }
    if (!page.more) return pages
  }
}
