import { expect, test } from 'vitest'
import type { ProviderEvent } from '#server/ports/provider.ts'
import { createBatchQueue } from './batch-queue.ts'

const text = (words: string): ProviderEvent => ({ type: 'text-delta', text: words })
const thought = (words: string): ProviderEvent => ({ type: 'reasoning-delta', text: words })

test('what waits comes as one batch, deltas of a type joined and counted', async () => {
  const queue = createBatchQueue(() => {})
  queue.add([text('a')])
  queue.add([text('b'), thought('c')])
  queue.add([thought('d'), text('e')])
  expect(queue.waitingCharacters()).toBe(5)
  expect((await queue.next()).value).toEqual([{ ...text('ab'), pieces: 2 }, { ...thought('cd'), pieces: 2 }, text('e')])
  expect(queue.waitingCharacters()).toBe(0)
})

test('a batch that was given out does not change any more', async () => {
  const queue = createBatchQueue(() => {})
  queue.add([text('a')])
  const first = await queue.next()
  queue.add([text('b')])
  expect(first.value).toEqual([text('a')])
  expect((await queue.next()).value).toEqual([text('b')])
})

test('readers that wait are served in order, and let go at the end', async () => {
  const queue = createBatchQueue(() => {})
  const waiting = [queue.next(), queue.next(), queue.next()]
  queue.add([text('a')])
  queue.add([text('b')])
  queue.close()
  const steps = await Promise.all(waiting)
  expect(steps.map(({ value }) => value)).toEqual([[text('a')], [text('b')], undefined])
  expect(steps[2]?.done).toBe(true)
})

test('closed, it still gives what waits, and takes nothing more', async () => {
  const queue = createBatchQueue(() => {})
  queue.add([text('a')])
  queue.close()
  queue.add([text('b')])
  expect((await queue.next()).value).toEqual([text('a')])
  expect(await queue.next()).toEqual({ done: true, value: undefined })
})

test('discarded, it gives nothing', async () => {
  const queue = createBatchQueue(() => {})
  queue.add([text('a')])
  queue.discard()
  expect(await queue.next()).toEqual({ done: true, value: undefined })
})

test('says each time that room was made', async () => {
  let taken = 0
  const queue = createBatchQueue(() => (taken += 1))
  queue.add([text('a')])
  await queue.next()
  queue.add([text('b')])
  await queue.next()
  expect(taken).toBe(2)
})
