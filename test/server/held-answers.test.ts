import { expect, test, vi } from 'vitest'
import { emptyAnswer } from '#protocol/fold.ts'
import { plainText, type Answer } from '#protocol/messages.ts'
import { MillraceError } from '#server/domain/errors.ts'
import type { ProviderEvent } from '#server/ports/provider.ts'
import { readAnswer } from '#server/worker/read-answer.ts'
import { createWorker, type Worker } from '#server/worker/worker.ts'
import { openWorkerBench, type Play, type WorkerBench } from './worker-for-tests.ts'

const full = new MillraceError('storage-full', 'full')
const text = (value: string): ProviderEvent => ({ type: 'text-delta', text: value })
const finish: ProviderEvent = { type: 'finish', reason: 'stop' }
const CHUNK = 64 * 1024

interface HeldUp extends AsyncDisposable {
  bench: WorkerBench
  worker: Worker
  /** Names of the calls that the disk refuses now. */
  refused: Set<string>
  /** How often it did. */
  refusals(): number
  /** The row of a generation. */
  row(generationId: string): Promise<{ status: string; lostAttempts: number }>
  /** What the log tells. */
  answer(generationId: string): Promise<Answer>
  /** Lets the worker take nothing more; resolves when it has ended. */
  end(): Promise<void>
}

/** A worker on the real backend, whose disk refuses what a test says. */
async function startHeldUp(play: Play): Promise<HeldUp> {
  const bench = await openWorkerBench(play)
  const { log, queue, store } = bench.deps
  const refused = new Set<string>()
  let refusals = 0
  const onFullDisk = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, name: string) {
        const call = target[name as keyof Port] as unknown
        if (typeof call !== 'function') return call
        return (...args: unknown[]): unknown => {
          if (!refused.has(name)) return Reflect.apply(call, target, args)
          refusals++
          return Promise.reject(full)
        }
      },
      ownKeys: (target) => Reflect.ownKeys(target),
    })
  const worker = createWorker({
    ...bench.deps,
    // The backend's own, which stands still: nothing expires.
    clock: { now: bench.backend.now, newId: bench.backend.newId },
    log: onFullDisk(log),
    queue: onFullDisk(queue),
    store: onFullDisk(store),
    workerId: 'w1',
    maxRunningPerUser: 10,
    logger: { error() {}, warn() {}, info() {} },
  })
  const stop = new AbortController()
  const ended = worker.run(stop.signal)
  const end = async () => {
    stop.abort()
    await ended
  }
  return {
    bench,
    worker,
    refused,
    refusals: () => refusals,
    async row(generationId) {
      const row = await store.findGeneration(generationId)
      if (!row) throw new Error('there is no such generation')
      return row
    },
    async answer(generationId) {
      return (await readAnswer(log, generationId))?.answer ?? emptyAnswer()
    },
    end,
    async [Symbol.asyncDispose]() {
      refused.clear()
      worker.handOver()
      await end()
      await bench[Symbol.asyncDispose]()
    },
  }
}

const until = (check: () => unknown) => vi.waitFor(check, { timeout: 30_000, interval: 10 })

test.each(['open', 'read', 'branch', 'append', 'settle'])(
  'a disk that refuses "%s" leaves the generation with its worker, which goes on by itself',
  async (call) => {
    await using held = await startHeldUp(async function* () {
      yield [text('Because.')]
      yield [finish]
    })
    // Handed back once: a worker that takes it reads first what stands there.
    held.refused.add('claim')
    const generationId = await held.bench.enqueue()
    await held.bench.deps.queue.release(await held.bench.claim('other'), { status: 'drained' })
    held.refused.add(call).delete('claim')
    const before = held.refusals()
    await until(() => expect(held.refusals()).toBeGreaterThan(before + 2))
    expect((await held.row(generationId)).status).toBe('running')
    held.refused.clear()
    await until(async () =>
      expect(await held.row(generationId)).toMatchObject({ status: 'completed', lostAttempts: 0 }),
    )
    expect(await held.answer(generationId)).toMatchObject({ status: 'completed', attempt: 1, superseded: [] })
  },
)

test('while nothing can be stored a provider is read up to a bound; then it waits, and all is written later', async () => {
  const filled = Promise.withResolvers<void>()
  let given = 0
  await using held = await startHeldUp(async function* () {
    yield [text('begin ')]
    await filled.promise
    for (; given < 100; given++) yield [text('x'.repeat(CHUNK))]
    yield [finish]
  })
  const generationId = await held.bench.enqueue()
  await until(async () => expect(plainText((await held.answer(generationId)).parts)).toBe('begin '))
  held.refused.add('append')
  filled.resolve()
  await until(() => expect(held.refusals()).toBeGreaterThan(3))
  // What is under way and what is pending, each of 1 MiB at most and one chunk more.
  expect(given * CHUNK).toBeGreaterThan(1024 * 1024)
  expect(given * CHUNK).toBeLessThan(2.5 * 1024 * 1024)
  held.refused.clear()
  await until(async () => expect((await held.row(generationId)).status).toBe('completed'))
  const answer = await held.answer(generationId)
  expect(answer.attempt).toBe(1)
  // Compared here, because the difference of two such texts would be shown in full.
  expect(plainText(answer.parts) === `begin ${'x'.repeat(100 * CHUNK)}`).toBe(true)
})

test('what has to be handed over on a full disk is given back as soon as that is possible, without counting as lost', async () => {
  await using held = await startHeldUp(async function* (signal) {
    yield [text('begin ')]
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    yield [{ type: 'error', error: { kind: 'cancelled', message: '', retryable: false } }]
  })
  const generationId = await held.bench.enqueue()
  await until(async () => expect(plainText((await held.answer(generationId)).parts)).toBe('begin '))
  held.refused.add('release')
  const ended = held.end()
  held.worker.handOver()
  await until(() => expect(held.refusals()).toBeGreaterThan(2))
  held.refused.clear()
  await ended
  expect(await held.row(generationId)).toMatchObject({ status: 'queued', lostAttempts: 0 })
})

test('a worker whose disk stays full ends in time all the same', async () => {
  await using held = await startHeldUp(async function* () {
    yield [text('begin ')]
    yield [finish]
  })
  for (const call of ['append', 'release', 'settle']) held.refused.add(call)
  await held.bench.enqueue()
  await until(() => expect(held.refusals()).toBeGreaterThan(2))
  const since = performance.now()
  held.worker.handOver()
  await held.end()
  expect(performance.now() - since).toBeLessThan(5_000)
})

test('what had no room for its last words when its worker left is given back all the same', async () => {
  await using held = await startHeldUp(async function* (signal) {
    yield [text('begin ')]
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    yield [text('end'), { type: 'error', error: { kind: 'cancelled', message: '', retryable: false } }]
  })
  const generationId = await held.bench.enqueue()
  await until(async () => expect(plainText((await held.answer(generationId)).parts)).toBe('begin '))
  held.refused.add('append')
  held.worker.handOver()
  await held.end()
  expect(await held.row(generationId)).toMatchObject({ status: 'queued', lostAttempts: 0 })
})

test('P3: a stop closes the provider at once though it waits for a log that cannot be written', async () => {
  const { promise: closed, resolve: close } = Promise.withResolvers<void>()
  let given = 0
  await using held = await startHeldUp(async function* (signal) {
    signal.addEventListener('abort', () => close(), { once: true })
    for (; !signal.aborted; given++) yield [text('x'.repeat(CHUNK))]
    yield [{ type: 'error', error: { kind: 'cancelled', message: '', retryable: false } }]
  })
  held.refused.add('append')
  const generationId = await held.bench.enqueue()
  await until(() => expect(held.refusals()).toBeGreaterThan(4))
  const before = given
  expect(before * CHUNK).toBeGreaterThanOrEqual(1024 * 1024)
  await held.bench.deps.store.requestCancel('local', generationId, { at: 1, by: 'user' })
  await closed
  const closedAt = held.bench.backend.now()
  await new Promise((resolve) => setTimeout(resolve, 50))
  held.bench.backend.advance(60_000)
  held.refused.clear()
  await until(async () => expect((await held.row(generationId)).status).toBe('cancelled'))
  expect((await held.answer(generationId)).upstreamClosedAt).toBe(closedAt)
  expect(given - before).toBeLessThan(2)
})

/** Says something, then neither ends nor cares that it is told to. */
const deaf: Play = async function* () {
  yield [text('begin ')]
  await new Promise(() => {})
}

test('a provider that ignores its abort holds up no drain, and its answer is handed over', async () => {
  await using held = await startHeldUp(deaf)
  const generationId = await held.bench.enqueue()
  await until(async () => expect(plainText((await held.answer(generationId)).parts)).toBe('begin '))
  const since = performance.now()
  held.worker.handOver()
  await held.end()
  expect(performance.now() - since).toBeLessThan(5_000)
  expect(await held.row(generationId)).toMatchObject({ status: 'queued', lostAttempts: 0 })
})

test('a provider that ignores its abort does not keep a stopped answer from its end, which claims no closed connection', async () => {
  await using held = await startHeldUp(deaf)
  const generationId = await held.bench.enqueue()
  await until(async () => expect(plainText((await held.answer(generationId)).parts)).toBe('begin '))
  await held.bench.deps.store.requestCancel('local', generationId, { at: 1, by: 'user' })
  await until(async () => expect((await held.row(generationId)).status).toBe('cancelled'))
  expect((await held.answer(generationId)).upstreamClosedAt).toBeUndefined()
})
