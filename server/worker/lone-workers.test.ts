import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Bell } from '#server/ports/doorbell.ts'
import type { Child } from './child.ts'
import { createLoneWorkers, type LoneWorkersDependencies } from './lone-workers.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A queue with so many last attempts in it, and processes that live until a test ends them. */
function loneWorkers(freeBytes = 64 * 1024 ** 3) {
  let waiting = 0
  let listener: ((bell: Bell) => void) | undefined
  const ends: (() => void)[] = []
  const deps = {
    queue: { countLone: async () => waiting, reap: async () => [] },
    doorbell: {
      ring() {},
      listen: (added: (bell: Bell) => void) => ((listener = added), () => {}),
      close: async () => {},
    },
    clock: { now: () => Date.now(), newId: () => 'id' },
    logger: { error() {}, warn() {}, info() {} },
    availableMemory: () => freeBytes,
    startLoneWorker(): Child {
      const { promise: exited, resolve } = Promise.withResolvers<void>()
      ends.push(resolve)
      return { exited, send: () => resolve(), kill: () => resolve() }
    },
  } satisfies { [Name in keyof LoneWorkersDependencies]?: unknown }
  const lone = createLoneWorkers(deps as unknown as LoneWorkersDependencies)
  const stop = new AbortController()
  const running = lone.run(stop.signal)
  return {
    wait: (count: number) => void (waiting = count),
    ring: () => listener?.({ kind: 'jobs' }),
    started: () => ends.length,
    die: (index: number) => ends[index]?.(),
    async end() {
      stop.abort()
      await lone.stop({ kind: 'drain' }, 1_000)
      await running
    },
  }
}

test('a last attempt gets one worker, however often the bell rings until that has started', async () => {
  const lone = loneWorkers()
  lone.wait(1)
  for (let rings = 0; rings < 20; rings++) {
    lone.ring()
    await vi.advanceTimersByTimeAsync(100)
  }
  expect(lone.started()).toBe(1)
  lone.wait(3)
  lone.ring()
  await vi.advanceTimersByTimeAsync(500)
  expect(lone.started()).toBe(3)
  await lone.end()
})

test('a worker that died before it took the last attempt is replaced', async () => {
  const lone = loneWorkers()
  lone.wait(1)
  lone.ring()
  await vi.advanceTimersByTimeAsync(500)
  lone.die(0)
  lone.ring()
  await vi.advanceTimersByTimeAsync(500)
  expect(lone.started()).toBe(2)
  await lone.end()
})

test('a last attempt that nobody has taken after a while gets another worker, but never more than sixteen run', async () => {
  const lone = loneWorkers()
  lone.wait(1)
  await vi.advanceTimersByTimeAsync(120_000)
  expect(lone.started()).toBe(16)
  await lone.end()
})

test('where memory is short fewer run at once, but never less than two', async () => {
  const lone = loneWorkers(10 * 1024 * 1024)
  lone.wait(10)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(lone.started()).toBe(2)
  await lone.end()
})
