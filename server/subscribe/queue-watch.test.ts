import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createQueueWatch } from './queue-watch.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const silent = { error() {}, warn() {}, info() {} }

function openWatch() {
  const positions = new Map<string, number>([
    ['a', 2],
    ['b', 5],
  ])
  const asked: string[] = []
  const watch = createQueueWatch({
    queue: {
      position: async (id: string) => {
        asked.push(id)
        return positions.get(id)
      },
    } as never,
    logger: silent,
  })
  return { watch, positions, asked }
}

test('tells the place soon and on every change, until the job has left the queue', async () => {
  const { watch, positions, asked } = openWatch()
  const told: number[] = []
  watch.watch('a', (position) => told.push(position))
  await vi.advanceTimersByTimeAsync(2_000)
  positions.set('a', 1)
  await vi.advanceTimersByTimeAsync(1_000)
  positions.delete('a')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(told).toEqual([2, 1])
  asked.length = 0
  await vi.advanceTimersByTimeAsync(5_000)
  expect(asked).toEqual([])
})

test('asks once a poll for each generation, however many wait for it', async () => {
  const { watch, positions, asked } = openWatch()
  const told: string[] = []
  for (let index = 0; index < 10; index++) {
    for (const id of ['a', 'b']) watch.watch(id, (position) => told.push(`${id}${position}`))
  }
  await vi.advanceTimersByTimeAsync(500)
  asked.length = 0
  told.length = 0
  positions.set('b', 4)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(asked.toSorted()).toEqual(['a', 'b'])
  expect(told).toEqual(Array.from({ length: 10 }, () => 'b4'))
})

test('who has stopped is told nothing more, also of a look that is under way', async () => {
  const { watch } = openWatch()
  const told: number[] = []
  const stop = watch.watch('a', (position) => told.push(position))
  stop()
  await vi.advanceTimersByTimeAsync(3_000)
  expect(told).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
})
