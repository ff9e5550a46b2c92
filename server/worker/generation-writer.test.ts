import { expect, test } from 'vitest'
import type { GenerationEvent } from '#protocol/events.ts'
import { emptyAnswer } from '#protocol/fold.ts'
import { plainText } from '#protocol/messages.ts'
import type { AppendResult, EventLog } from '#server/ports/event-log.ts'
import { createGenerationWriter, FencedError, type GenerationWriter } from './generation-writer.ts'

interface SlowLog {
  appended: { afterSeq: number; events: readonly GenerationEvent[] }[]
  /** Lets the oldest append that waits come to its end. */
  finish(result?: AppendResult | Error): Promise<void>
  writer: GenerationWriter
}

function slowLog(): SlowLog {
  const appended: SlowLog['appended'] = []
  const waiting: ((result: AppendResult | Error | undefined) => void)[] = []
  let seq = 0
  const log: Pick<EventLog, 'append'> = {
    async append(_generationId, { afterSeq }, events) {
      appended.push({ afterSeq, events })
      const result = await new Promise<AppendResult | Error | undefined>((resolve) => waiting.push(resolve))
      if (result instanceof Error) throw result
      seq = afterSeq + events.length
      return result ?? { ok: true, lastSeq: seq, repeated: false }
    },
  }
  const writer = createGenerationWriter({
    log: log as EventLog,
    generationId: 'g',
    epoch: 1,
    lastSeq: 0,
    answer: emptyAnswer(),
  })
  return {
    appended,
    writer,
    async finish(result) {
      waiting.shift()?.(result)
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

const delta = (text: string): GenerationEvent => ({ type: 'text-delta', at: 1, text })

test('the first delta goes out at once, and deltas that arrive meanwhile join into one row that counts them', async () => {
  const { writer, appended, finish } = slowLog()
  void writer.write([delta('a')])
  void writer.write([delta('b')])
  void writer.write([delta('c')])
  expect(appended).toEqual([{ afterSeq: 0, events: [delta('a')] }])
  await finish()
  expect(appended[1]).toEqual({ afterSeq: 1, events: [{ ...delta('bc'), pieces: 2 }] })
  await finish()
  expect(appended).toHaveLength(2)
  expect(plainText(writer.answer().parts)).toBe('abc')
  expect(writer.answer().metrics.pieces).toBe(3)
})

test('deltas do not join across another event', async () => {
  const { writer, appended, finish } = slowLog()
  void writer.write([delta('a')])
  void writer.write([delta('b'), { type: 'usage', at: 1, usage: {} }, delta('c')])
  await finish()
  expect(appended[1]?.events.map(({ type }) => type)).toEqual(['text-delta', 'usage', 'text-delta'])
})

test('a row never grows beyond its bound', async () => {
  const { writer, appended, finish } = slowLog()
  void writer.write([delta('a')])
  for (let i = 0; i < 30; i++) void writer.write([delta('x'.repeat(10_000))])
  await finish()
  for (const event of appended[1]?.events ?? [])
    expect('text' in event && event.text.length).toBeLessThanOrEqual(65_536)
  expect(appended[1]?.events.length).toBeGreaterThan(1)
})

test('a producer that is far ahead of the log has to wait', async () => {
  const { writer, finish } = slowLog()
  expect(writer.write([delta('x'.repeat(600_000))])).toBeUndefined()
  expect(writer.write([delta('x'.repeat(600_000))])).toBeUndefined()
  const full = writer.write([delta('x'.repeat(600_000))])
  expect(full).toBeInstanceOf(Promise)
  await finish()
  await finish()
  await full
})

test('a fenced writer stops: its flush and every later write are refused', async () => {
  const { writer, finish } = slowLog()
  void writer.write([delta('a')])
  const flushed = writer.flush()
  const refused = expect(flushed).rejects.toBeInstanceOf(FencedError)
  await finish({ ok: false, reason: 'fenced' })
  await refused
  await expect(writer.write([delta('b')])).rejects.toBeInstanceOf(FencedError)
})

test('a refusal that nobody waits for is not an unhandled rejection', async () => {
  const { writer, finish } = slowLog()
  const unhandled: unknown[] = []
  const note = (reason: unknown) => void unhandled.push(reason)
  process.on('unhandledRejection', note)
  void writer.write([delta('a')])
  await finish({ ok: false, reason: 'fenced' })
  void writer.write([delta('b')])
  await new Promise((resolve) => setTimeout(resolve, 20))
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
  await expect(writer.flush()).rejects.toBeInstanceOf(FencedError)
})

test('an append whose outcome is unknown is repeated at the same place', async () => {
  const { writer, appended, finish } = slowLog()
  void writer.write([delta('a')])
  await finish(new Error('the thread died'))
  await expect.poll(() => appended.length).toBe(2)
  expect(appended[1]).toEqual(appended[0])
  await finish({ ok: true, lastSeq: 1, repeated: true })
  await writer.flush()
})

test('a delta that is too long for one row becomes several, of which no character is torn and no piece is counted twice', async () => {
  const { writer, appended, finish } = slowLog()
  const text = `${'x'.repeat(64 * 1024 - 1)}${'👩‍🔬'.repeat(60_000)}`
  void writer.write([{ ...delta(text), pieces: 7 } as GenerationEvent, delta('end')])
  await finish()
  const rows = appended.flatMap(({ events }) => events as readonly { text: string }[])
  expect(rows.map((row) => row.text).join('')).toBe(`${text}end`)
  expect(rows.length).toBeGreaterThan(4)
  for (const row of rows) {
    expect(row.text.length).toBeLessThanOrEqual(64 * 1024)
    expect(row.text.isWellFormed()).toBe(true)
  }
  expect(writer.answer().metrics.pieces).toBe(8)
})
