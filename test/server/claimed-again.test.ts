import { expect, test, vi } from 'vitest'
import type { Bell } from '#server/ports/doorbell.ts'
import { recoverLost } from '#server/worker/recover-lost.ts'
import { createWorker } from '#server/worker/worker.ts'
import { openWorkerBench } from './worker-for-tests.ts'

test('P27: a worker that lost a job and claims it again leaves no stream of the attempt from before open', async () => {
  const signals: AbortSignal[] = []
  await using bench = await openWorkerBench(async function* (signal) {
    signals.push(signal)
    yield [{ type: 'text-delta', text: 'so far' }]
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  })
  // The bell is heard, so that the claim comes before the heartbeat that would tell of the loss.
  let hear = (_bell: Bell): void => {}
  const worker = createWorker({
    ...bench.deps,
    doorbell: { ...bench.deps.doorbell, listen: (listener) => ((hear = listener), () => {}) },
    // The backend's own, which stands still: nothing expires.
    clock: { now: bench.backend.now, newId: bench.backend.newId },
    workerId: 'w1',
    maxRunningPerUser: 10,
    logger: { error() {}, warn() {}, info() {} },
  })
  const stop = new AbortController()
  const ended = worker.run(stop.signal)
  const generationId = await bench.enqueue()
  hear({ kind: 'jobs' })
  await vi.waitFor(() => expect(signals).toHaveLength(1))
  await vi.waitFor(async () => expect(JSON.stringify(await bench.events(generationId))).toContain('so far'))
  await recoverLost(bench.deps, { workerId: 'w1' })
  hear({ kind: 'jobs' })
  await vi.waitFor(() => expect(signals).toHaveLength(2))
  await vi.waitFor(() => expect(signals[0]?.aborted).toBe(true), 1_000)
  expect(signals[1]?.aborted).toBe(false)
  stop.abort()
  worker.handOver()
  await ended
})
