import { expect, test, vi } from 'vitest'
import { LOG_START } from '#protocol/cursor.ts'
import type { LogRow, ReadResult } from '#server/ports/event-log.ts'
import { createSharedReads } from './shared-reads.ts'

const row = (seq: number, characters = 10): LogRow => {
  return { generationId: 'g', epoch: 1, seq, version: 1, type: 'text-delta', json: 'x'.repeat(characters) }
}
const reply = (rows: LogRow[], more: boolean): ReadResult => ({ ok: true, rows, more, tail: undefined })

/** A log whose reads are answered one by one. */
function createLog() {
  const asked: PromiseWithResolvers<ReadResult>[] = []
  const read = (): Promise<ReadResult> => {
    const call = Promise.withResolvers<ReadResult>()
    asked.push(call)
    return call.promise
  }
  return { asked, read: createSharedReads({ read }, 128) }
}

test('who comes to a place while it is read, or within a moment, gets the same rows', async () => {
  const { asked, read } = createLog()
  const both = [read('g', LOG_START), read('g', LOG_START)]
  asked[0]?.resolve(reply([row(1)], true))
  const [first, second] = await Promise.all(both)
  const third = await read('g', LOG_START)
  expect(second).toBe(first)
  expect(third).toBe(first)
  expect(asked).toHaveLength(1)
})

test('P8: a read that reached the end of the log serves nobody else, not even who waited for it', async () => {
  const { asked, read } = createLog()
  const first = read('g', LOG_START)
  const second = read('g', LOG_START)
  asked[0]?.resolve(reply([row(1)], false))
  await first
  await vi.waitFor(() => expect(asked).toHaveLength(2))
  asked[1]?.resolve(reply([row(1), row(2)], false))
  expect(await second).toMatchObject({ rows: [{ seq: 1 }, { seq: 2 }] })
  void read('g', LOG_START)
  expect(asked).toHaveLength(3)
})

test('another place, another attempt and another generation are read for themselves', async () => {
  const { asked, read } = createLog()
  void read('g', { epoch: 1, seq: 5 })
  void read('g', { epoch: 1, seq: 6 })
  void read('g', { epoch: 2, seq: 5 })
  void read('h', { epoch: 1, seq: 5 })
  expect(asked).toHaveLength(4)
})

test('P29: what is heavy to hold is not kept, and nothing is kept for long', async () => {
  vi.useFakeTimers()
  const { asked, read } = createLog()
  for (const [place, characters] of [50_000, 70_000].entries()) {
    const first = read('g', { epoch: 1, seq: place })
    asked.at(-1)?.resolve(reply([row(1, characters)], true))
    await first
  }
  void read('g', { epoch: 1, seq: 0 })
  expect(asked).toHaveLength(2)
  void read('g', { epoch: 1, seq: 1 })
  expect(asked).toHaveLength(3)
  vi.advanceTimersByTime(1_000)
  void read('g', { epoch: 1, seq: 0 })
  expect(asked).toHaveLength(4)
  vi.useRealTimers()
})

test('a read that failed is tried again by the next', async () => {
  const { asked, read } = createLog()
  const first = read('g', LOG_START)
  asked[0]?.reject(new Error('disk'))
  await expect(first).rejects.toThrow('disk')
  void read('g', LOG_START)
  expect(asked).toHaveLength(2)
})
