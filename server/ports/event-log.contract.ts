import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LOG_START } from '#protocol/cursor.ts'
import { EVENT_VERSION, type GenerationEvent } from '#protocol/events.ts'
import type { EventLog, LogRow } from './event-log.ts'

export interface EventLogSubject {
  log: EventLog
  /** The same log as another process has it open. No doorbell rings between the two. */
  another(): Promise<EventLog>
  newId(): string
  close(): Promise<void>
}

/** What `EventLog` promises about one log, as tests. `open` makes a fresh backend. */
export function describeEventLogContract(name: string, open: () => Promise<EventLogSubject>): void {
  describe(`event log contract: ${name}`, () => {
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
      if (texts.length > 0) await log.append(id, { epoch: 1, afterSeq: 0 }, texts.map(text))
      return id
    }

    describe('opening', () => {
      test('the first open creates an empty log, a later one tells where it ends', async () => {
        const id = subject.newId()
        expect(await log.open(id, 1)).toEqual({ ok: true, lastSeq: 0 })
        await log.append(id, { epoch: 1, afterSeq: 0 }, [text('a'), text('b')])
        expect(await log.open(id, 2)).toEqual({ ok: true, lastSeq: 2 })
        expect(await log.tail(id)).toEqual({ epoch: 1, seq: 2, openEpoch: 2, sealed: false })
      })

      test('opening the current epoch again is allowed, a lower one is fenced and changes nothing', async () => {
        const id = subject.newId()
        await log.open(id, 3)
        expect(await log.open(id, 3)).toEqual({ ok: true, lastSeq: 0 })
        expect(await log.open(id, 2)).toEqual({ ok: false, reason: 'fenced' })
        expect(await log.tail(id)).toMatchObject({ openEpoch: 3 })
      })

      test('a sealed log cannot be opened again, by whatever epoch', async () => {
        const id = await written('a')
        await log.append(id, { epoch: 1, afterSeq: 1 }, [end()])
        expect(await log.open(id, 9)).toEqual({ ok: false, reason: 'sealed' })
        expect(await log.tail(id)).toMatchObject({ openEpoch: 1 })
      })
    })

    describe('appending', () => {
      test('seq is contiguous from 1 over all appends and epochs', async () => {
        const id = await written('a', 'b')
        expect(await log.append(id, { epoch: 1, afterSeq: 2 }, [text('c')])).toEqual(ok(3))
        await log.open(id, 2)
        expect(await log.append(id, { epoch: 2, afterSeq: 3 }, [text('d'), text('e')])).toEqual(ok(5))
        expect(places(await rowsOf(log, id))).toEqual(['1-1', '1-2', '1-3', '2-4', '2-5'])
      })

      test('a log that was never opened, or not with this epoch, takes nothing', async () => {
        const id = subject.newId()
        const refusal = { ok: false, reason: 'not-open' }
        expect(await log.append(id, { epoch: 1, afterSeq: 0 }, [text('a')])).toEqual(refusal)
        expect(await log.tail(id)).toBeUndefined()
        await log.open(id, 1)
        expect(await log.append(id, { epoch: 2, afterSeq: 0 }, [text('a')])).toEqual(refusal)
        expect(await rowsOf(log, id)).toEqual([])
      })

      test('an epoch is fenced as soon as a higher one was opened, also in another process (P27)', async () => {
        const id = await written('a')
        const other = await subject.another()
        expect(await other.open(id, 2)).toEqual({ ok: true, lastSeq: 1 })
        expect(await log.append(id, { epoch: 1, afterSeq: 1 }, [text('zombie')])).toEqual(refused('fenced'))
        expect(await other.append(id, { epoch: 2, afterSeq: 1 }, [text('b')])).toEqual(ok(2))
        expect(await log.append(id, { epoch: 1, afterSeq: 2 }, [text('zombie')])).toEqual(refused('fenced'))
        expect(texts(await rowsOf(log, id))).toEqual(['a', 'b'])
      })

      test('a place that is taken by other events, or that lies beyond the tail, is a conflict and writes nothing', async () => {
        const id = await written('a', 'b')
        for (const afterSeq of [0, 1, 3, 900])
          expect(await log.append(id, { epoch: 1, afterSeq }, [text('x'), text('y')])).toEqual(refused('conflict'))
        expect(await log.append(id, { epoch: 1, afterSeq: 0 }, [text('b')])).toEqual(refused('conflict'))
        expect(await log.append(id, { epoch: 1, afterSeq: 1 }, [text('b'), text('c')])).toEqual(refused('conflict'))
        expect(texts(await rowsOf(log, id))).toEqual(['a', 'b'])
      })

      test('the same text from another epoch is not a repeat', async () => {
        const id = await written('a')
        await log.open(id, 2)
        expect(await log.append(id, { epoch: 2, afterSeq: 0 }, [text('a')])).toEqual(refused('conflict'))
      })

      test('repeating an append is the same append, once', async () => {
        const id = await written()
        const events = Array.from({ length: 150 }, (_, index) => text(`${index}`))
        expect(await log.append(id, { epoch: 1, afterSeq: 0 }, events)).toEqual(ok(150))
        expect(await log.append(id, { epoch: 1, afterSeq: 0 }, events)).toEqual(repeated(150))
        await log.append(id, { epoch: 1, afterSeq: 150 }, [text('next')])
        expect(await log.append(id, { epoch: 1, afterSeq: 100 }, events.slice(100))).toEqual(repeated(150))
        expect((await rowsOf(log, id)).length).toBe(151)
      })

      test('repeating an append that was committed before the fence says so, and the next one is fenced', async () => {
        const id = await written('a')
        await log.open(id, 2)
        expect(await log.append(id, { epoch: 1, afterSeq: 0 }, [text('a')])).toEqual(repeated(1))
        expect(await log.append(id, { epoch: 1, afterSeq: 1 }, [text('b')])).toEqual(refused('fenced'))
      })

      test('events keep every character: line ends, quotes, astral and lone surrogates', async () => {
        const nasty = 'a\r\nb\u2028\u0000"\\😀\ud83d|\ude00é'
        const id = await written(nasty, '')
        const rows = await rowsOf(log, id)
        expect(texts(rows)).toEqual([nasty, ''])
        expect(rows[0]?.json).not.toMatch(/[\r\n]/)
        expect(rows[0]).toMatchObject({
          generationId: id,
          epoch: 1,
          seq: 1,
          version: EVENT_VERSION,
          type: 'text-delta',
        })
        expect(await log.append(id, { epoch: 1, afterSeq: 0 }, [text(nasty), text('')])).toEqual(repeated(2))
      })

      test('each append of one turn succeeds or fails on its own', async () => {
        const ids = await Promise.all([written('a'), written('a'), written('a')])
        const places = [1, 7, 1]
        const results = await Promise.all(
          ids.map((id, index) => log.append(id, { epoch: 1, afterSeq: places[index] ?? 0 }, [text('b')])),
        )
        expect(results).toEqual([ok(2), refused('conflict'), ok(2)])
      })

      test('of two processes that append at one place, one succeeds', async () => {
        const other = await subject.another()
        for (let round = 0; round < 10; round++) {
          const id = await written('a')
          const [mine, theirs] = await Promise.all([
            log.append(id, { epoch: 1, afterSeq: 1 }, [text('mine'), text('mine')]),
            other.append(id, { epoch: 1, afterSeq: 1 }, [text('theirs'), text('theirs')]),
          ])
          expect([mine.ok, theirs.ok].filter(Boolean)).toHaveLength(1)
          const winner = mine.ok ? 'mine' : 'theirs'
          expect(texts(await rowsOf(log, id))).toEqual(['a', winner, winner])
        }
      })
    })

    describe('sealing', () => {
      test('the terminal event seals the log: nothing follows it', async () => {
        const id = await written('a')
        expect(await log.append(id, { epoch: 1, afterSeq: 1 }, [text('b'), end()])).toEqual(ok(3))
        expect(await log.tail(id)).toEqual({ epoch: 1, seq: 3, openEpoch: 1, sealed: true })
        expect(await log.append(id, { epoch: 1, afterSeq: 3 }, [text('c')])).toEqual(refused('sealed'))
        expect(await (await subject.another()).append(id, { epoch: 1, afterSeq: 3 }, [end()])).toEqual(
          refused('sealed'),
        )
        expect((await rowsOf(log, id)).length).toBe(3)
      })

      test('repeating the sealing append is the same append', async () => {
        const id = await written('a')
        await log.append(id, { epoch: 1, afterSeq: 1 }, [text('b'), end()])
        expect(await log.append(id, { epoch: 1, afterSeq: 1 }, [text('b'), end()])).toEqual(repeated(3))
        expect(await log.append(id, { epoch: 1, afterSeq: 1 }, [text('c'), end()])).toEqual(refused('sealed'))
      })

      test('the terminal event can stand only last', async () => {
        const id = await written()
        const misplaced = log.append(id, { epoch: 1, afterSeq: 0 }, [end(), text('a')])
        await expect(misplaced).rejects.toMatchObject({ code: 'invariant' })
        expect(await log.tail(id)).toMatchObject({ seq: 0, sealed: false })
      })
    })

    describe('dropping', () => {
      test('a dropped log is gone and stays refused', async () => {
        const id = await written(...Array.from({ length: 130 }, () => 'a'))
        await log.append(id, { epoch: 1, afterSeq: 130 }, [end()])
        await log.drop(id)
        await log.drop(id)
        expect(await log.tail(id)).toBeUndefined()
        expect(await log.read(id, LOG_START, 10)).toEqual(refused('dropped'))
        expect(await log.open(id, 2)).toEqual(refused('dropped'))
        expect(await log.append(id, { epoch: 1, afterSeq: 130 }, [end()])).toEqual(refused('dropped'))
      })

      test('a live log is not dropped, nor is one that was never opened made', async () => {
        const id = await written('a')
        const unknown = subject.newId()
        await log.drop(id)
        await log.drop(unknown)
        expect(texts(await rowsOf(log, id))).toEqual(['a'])
        expect(await log.open(unknown, 1)).toEqual({ ok: true, lastSeq: 0 })
      })

      test('dropping one log leaves the events of its neighbours', async () => {
        const [first, second] = await Promise.all([written('a'), written('x')])
        await Promise.all([
          log.append(first, { epoch: 1, afterSeq: 1 }, [text('b'), end()]),
          log.append(second, { epoch: 1, afterSeq: 1 }, [text('y')]),
        ])
        await log.drop(first)
        expect(texts(await rowsOf(log, second))).toEqual(['x', 'y'])
      })
    })
  })
}

const text = (value: string): GenerationEvent => ({ type: 'text-delta', text: value, at: 1 })
const end = (): GenerationEvent => ({ type: 'end', status: 'completed', finishReason: 'stop', at: 2 })

const ok = (lastSeq: number) => ({ ok: true, lastSeq, repeated: false })
const repeated = (lastSeq: number) => ({ ok: true, lastSeq, repeated: true })
const refused = (reason: string) => ({ ok: false, reason })

async function rowsOf(log: EventLog, id: string): Promise<LogRow[]> {
  const result = await log.read(id, LOG_START, 10_000)
  expect(result).toMatchObject({ ok: true, more: false })
  return result.ok ? result.rows : []
}

const places = (rows: LogRow[]): string[] => rows.map((row) => `${row.epoch}-${row.seq}`)

function texts(rows: LogRow[]): string[] {
  return rows.map((row) => {
    const event = JSON.parse(row.json) as GenerationEvent
    return event.type === 'text-delta' ? event.text : event.type
  })
}
