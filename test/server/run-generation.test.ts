import { expect, test, vi } from 'vitest'
import { plainText } from '#protocol/messages.ts'
import type { ProviderEvent } from '#server/ports/provider.ts'
import { FencedError } from '#server/worker/generation-writer.ts'
import { recoverLost } from '#server/worker/recover-lost.ts'
import { sweep } from '#server/worker/sweep.ts'
import { openWorkerBench, type Play, type WorkerBench } from './worker-for-tests.ts'

const text = (value: string): ProviderEvent => ({ type: 'text-delta', text: value })
const finish: ProviderEvent = { type: 'finish', reason: 'stop', rawReason: 'stop' }
const error = (kind: 'overloaded' | 'auth', retryAfterMs?: number): ProviderEvent => ({
  type: 'error',
  error: {
    kind,
    message: 'no',
    retryable: kind === 'overloaded',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  },
})

const plays = (...batches: ProviderEvent[][]): Play =>
  async function* () {
    yield* batches
  }

/** Writes, then waits until it is told to stop. */
const writesAndHangs = (written: string): Play =>
  async function* (signal) {
    yield [text(written)]
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    yield [{ type: 'error', error: { kind: 'cancelled', message: '', retryable: false } }]
  }

async function runOne(bench: WorkerBench) {
  const generationId = await bench.enqueue()
  await bench.run(await bench.claim())
  return {
    generationId,
    events: await bench.events(generationId),
    row: await bench.deps.store.findGeneration(generationId),
  }
}

test('an answer runs from its attempt-start to one sealing end, and the row follows the log', async () => {
  await using bench = await openWorkerBench(plays([text('Be'), text('cause')], [finish]))
  const { generationId, events, row } = await runOne(bench)
  expect(events[0]).toMatchObject({ type: 'attempt-start', attempt: 1, reason: 'first' })
  expect(events.at(-1)).toMatchObject({
    type: 'end',
    status: 'completed',
    finishReason: 'stop',
    rawFinishReason: 'stop',
  })
  expect(row?.status).toBe('completed')
  expect(await bench.backend.log.tail(generationId)).toMatchObject({ sealed: true })
})

test('P16: after something visible there is no silent second try, and the text is kept', async () => {
  let tries = 0
  await using bench = await openWorkerBench(async function* () {
    tries++
    yield [text('half')]
    yield [error('overloaded', 1)]
  })
  const { generationId, events } = await runOne(bench)
  expect(tries).toBe(1)
  expect(events.at(-1)).toMatchObject({ type: 'end', status: 'failed', error: { kind: 'overloaded' } })
  const stored = await bench.deps.store.findGeneration(generationId)
  const message = await bench.deps.store.getMessage('local', stored?.messageId ?? '')
  expect(plainText(message?.answer?.parts ?? [])).toBe('half')
})

test('a provider that ends without a last word is incomplete, never complete', async () => {
  await using bench = await openWorkerBench(plays([text('half')]))
  const { events } = await runOne(bench)
  expect(events.at(-1)).toMatchObject({ type: 'end', status: 'failed', error: { kind: 'incomplete' } })
})

test('a provider that breaks its promise and throws ends the answer as our own failure', async () => {
  // eslint-disable-next-line require-yield
  await using bench = await openWorkerBench(async function* () {
    throw new TypeError('a bug')
  })
  const { events } = await runOne(bench)
  expect(events.at(-1)).toMatchObject({ type: 'end', status: 'failed', error: { kind: 'internal', message: 'a bug' } })
})

test('an answer that outlasts its time ends as a time-out, and its upstream is let go', async () => {
  await using bench = await openWorkerBench(writesAndHangs('slow'), 100)
  const { events } = await runOne(bench)
  expect(events.at(-1)).toMatchObject({ type: 'end', status: 'failed', error: { kind: 'timeout' } })
})

test('P5: a cancel keeps what was written and says when the upstream was closed', async () => {
  await using bench = await openWorkerBench(writesAndHangs('so far'))
  const generationId = await bench.enqueue()
  const stop = new AbortController()
  const running = bench.run(await bench.claim(), stop.signal)
  await vi.waitFor(async () => expect(JSON.stringify(await bench.events(generationId))).toContain('so far'))
  stop.abort('cancel')
  await running
  const events = await bench.events(generationId)
  expect(events.at(-1)).toMatchObject({
    status: 'cancelled',
    cancelledBy: 'user',
    upstreamClosedAt: expect.any(Number),
  })
  expect((await bench.deps.store.findGeneration(generationId))?.status).toBe('cancelled')
})

test('a drain gives the job back without an end, and the next attempt does not count as a loss', async () => {
  await using bench = await openWorkerBench(writesAndHangs('so far'))
  const generationId = await bench.enqueue()
  const stop = new AbortController()
  const running = bench.run(await bench.claim(), stop.signal)
  await vi.waitFor(async () => expect(JSON.stringify(await bench.events(generationId))).toContain('so far'))
  stop.abort('drain')
  await running
  expect((await bench.events(generationId)).at(-1)?.type).not.toBe('end')
  expect(await bench.claim('w2')).toMatchObject({ generationId, previous: 'drained', lostAttempts: 0 })
})

test('P27: a worker that lost its job writes nothing more', async () => {
  await using bench = await openWorkerBench(async function* (signal) {
    yield [text('one ')]
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    yield [text('zombie '), finish]
  })
  const generationId = await bench.enqueue()
  const stop = new AbortController()
  const running = bench.run(await bench.claim(), stop.signal)
  await vi.waitFor(async () => expect(JSON.stringify(await bench.events(generationId))).toContain('one '))
  expect(await recoverLost(bench.deps, { now: Number.MAX_SAFE_INTEGER })).toBe(1)
  stop.abort('lost')
  await expect(running).rejects.toBeInstanceOf(FencedError)
  const events = await bench.events(generationId)
  expect(JSON.stringify(events)).not.toContain('zombie')
  expect(events.at(-1)).toMatchObject({ type: 'state', code: 'recovering' })
  expect(bench.rings).toContainEqual({ kind: 'jobs' })
})

test('after three lost attempts the answer fails as worker-lost and keeps the longest text', async () => {
  await using bench = await openWorkerBench(writesAndHangs('written before the crash'))
  const generationId = await bench.enqueue()
  for (let attempt = 1; attempt <= 3; attempt++) {
    const running = bench.run(await bench.claim(`w${attempt}`))
    running.catch(() => {})
    await vi.waitFor(async () =>
      expect((await bench.events(generationId)).filter(({ type }) => type === 'text-delta')).toHaveLength(attempt),
    )
    await recoverLost(bench.deps, { workerId: `w${attempt}` })
  }
  await bench.run(await bench.claim('w4'))
  const row = await bench.deps.store.findGeneration(generationId)
  expect(row?.status).toBe('failed')
  const message = await bench.deps.store.getMessage('local', row?.messageId ?? '')
  expect(message?.answer?.error?.kind).toBe('worker-lost')
  expect(plainText(message?.answer?.parts ?? [])).toBe('written before the crash')
})

test('P6: what is sealed but still says running is repaired by the sweep', async () => {
  await using bench = await openWorkerBench(plays([text('done'), finish]))
  const generationId = await bench.enqueue()
  const job = await bench.claim()
  // The worker dies between the seal and the projection.
  const settle = vi.spyOn(bench.deps.store, 'settle').mockRejectedValueOnce(new Error('killed'))
  await expect(bench.run(job)).rejects.toThrow('killed')
  settle.mockRestore()
  expect((await bench.deps.store.findGeneration(generationId))?.status).toBe('running')
  expect(await sweep(bench.deps)).toBe(1)
  expect((await bench.deps.store.findGeneration(generationId))?.status).toBe('completed')
  expect(await sweep(bench.deps)).toBe(0)
})

test('a job whose cancel was asked for while nobody had it ends without asking the provider', async () => {
  let asked = false
  await using bench = await openWorkerBench(async function* () {
    asked = true
    yield [finish]
  })
  const generationId = await bench.enqueue()
  await bench.deps.store.requestCancel('local', generationId, { at: 5, by: 'user' })
  await bench.run(await bench.claim())
  expect(asked).toBe(false)
  expect((await bench.events(generationId)).map(({ type }) => type)).toEqual(['end'])
})
