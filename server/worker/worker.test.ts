import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { JobQueue } from '#server/ports/job-queue.ts'
import { createWorker, type WorkerDependencies } from './worker.ts'

const BEAT_MS = 2_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** An idle worker over a queue whose `extend` a test can hold back or refuse, as a locked database does. */
function idleWorker() {
  let reaps = 0
  let clockAheadMs = 0
  let extend = (): Promise<void> => Promise.resolve()
  const queue: Pick<JobQueue, 'claim' | 'extend' | 'reap'> = {
    claim: async () => [],
    extend: async () => {
      await extend()
      return { lost: [], cancel: [] }
    },
    reap: async () => {
      reaps++
      return []
    },
  }
  const deps: Partial<WorkerDependencies> = {
    queue: queue as JobQueue,
    workerId: 'w1',
    maxRunningPerUser: 10,
    clock: { now: () => Date.now() + clockAheadMs, newId: () => 'id' },
    doorbell: { ring() {}, listen: () => () => {}, close: async () => {} },
    logger: { error() {}, warn() {}, info() {} },
  }
  const stop = new AbortController()
  const running = createWorker(deps as WorkerDependencies).run(stop.signal)
  return {
    reaps: () => reaps,
    setClock: (aheadMs: number) => void (clockAheadMs = aheadMs),
    setExtend: (changed: () => Promise<void>) => void (extend = changed),
    async end() {
      stop.abort()
      await vi.advanceTimersByTimeAsync(BEAT_MS)
      await running
    },
  }
}

test('at every heartbeat a worker takes up what others lost', async () => {
  const worker = idleWorker()
  await vi.advanceTimersByTimeAsync(3 * BEAT_MS + 100)
  expect(worker.reaps()).toBe(3)
  await worker.end()
})

test('after the database was held back, the others get a round to extend their leases first', async () => {
  const worker = idleWorker()
  worker.setExtend(() => new Promise((resolve) => setTimeout(resolve, 13_000)))
  await vi.advanceTimersByTimeAsync(BEAT_MS + 13_000 + 100)
  worker.setExtend(() => Promise.resolve())
  expect(worker.reaps()).toBe(0)
  await vi.advanceTimersByTimeAsync(BEAT_MS)
  expect(worker.reaps()).toBe(1)
  await worker.end()
})

test('heartbeats that failed count as a pause too', async () => {
  const worker = idleWorker()
  worker.setExtend(() => Promise.reject(new Error('database is locked')))
  await vi.advanceTimersByTimeAsync(6 * BEAT_MS + 100)
  worker.setExtend(() => Promise.resolve())
  await vi.advanceTimersByTimeAsync(BEAT_MS)
  expect(worker.reaps()).toBe(0)
  await vi.advanceTimersByTimeAsync(BEAT_MS)
  expect(worker.reaps()).toBe(1)
  await worker.end()
})

test.each([3_600_000, -3_600_000])('a clock that jumps by %i ms makes nobody look lost', async (aheadMs) => {
  const worker = idleWorker()
  await vi.advanceTimersByTimeAsync(BEAT_MS + 100)
  expect(worker.reaps()).toBe(1)
  worker.setClock(aheadMs)
  await vi.advanceTimersByTimeAsync(2 * BEAT_MS)
  expect(worker.reaps()).toBe(1)
  await vi.advanceTimersByTimeAsync(BEAT_MS)
  expect(worker.reaps()).toBe(2)
  await worker.end()
})
