import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { MillraceError } from '#server/domain/errors.ts'
import type { JobQueue } from '#server/ports/job-queue.ts'
import type { Child } from './child.ts'
import { supervise, type SupervisorDependencies } from './supervisor.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A supervisor of one API and one worker, whose queue a test can keep from being written. */
function supervised() {
  const state = { locked: true, started: [] as string[] }
  const start = (role: string): Child => {
    state.started.push(role)
    const gone = Promise.withResolvers<void>()
    return {
      exited: gone.promise,
      kill: () => gone.resolve(),
      // An API serves on while the others drain.
      send: ({ kind }) => (role !== 'api' || kind === 'stop') && gone.resolve(),
    }
  }
  const queue: Pick<JobQueue, 'reap' | 'countLone'> = {
    async reap() {
      if (state.locked) throw new MillraceError('storage-busy', 'locked')
      return []
    },
    countLone: async () => 0,
  }
  const deps: Partial<SupervisorDependencies> = {
    queue: queue as JobQueue,
    store: {
      listUnsettled: async () => [],
      purgeDeleted: async () => [],
    } as unknown as SupervisorDependencies['store'],
    clock: { now: () => 1, newId: () => 'id' },
    doorbell: { ring() {}, listen: () => () => {}, close: async () => {} },
    logger: { error() {}, warn() {}, info() {} },
    workers: 1,
    drainMs: 10,
    killAfterMs: 10,
    startApi: () => start('api'),
    startWorker: () => start('worker'),
    startLoneWorker: () => start('lone'),
  }
  const stop = new AbortController()
  const ended = supervise(deps as SupervisorDependencies, stop.signal, new AbortController().signal)
  return { state, stop, ended }
}

test('while nothing can be written at the start people may read, and the rest follows by itself', async () => {
  const { state, stop, ended } = supervised()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(state.started).toEqual(['api'])
  state.locked = false
  await vi.advanceTimersByTimeAsync(2_000)
  expect(state.started).toEqual(['api', 'worker'])
  stop.abort()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(await ended).toBe(0)
})

test('a server that is told to end before anything could be written does so', async () => {
  const { state, stop, ended } = supervised()
  await vi.advanceTimersByTimeAsync(60_000)
  stop.abort()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(await ended).toBe(0)
  expect(state.started).toEqual(['api'])
})
