import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { emptyAnswer, fold } from '#protocol/fold.ts'
import type { Answer } from '#protocol/messages.ts'
import { CIRCUIT_OPEN } from '#protocol/provider-error.ts'
import type { ProviderEvent } from '#server/ports/provider.ts'
import { FAILURES_TO_OPEN } from '#server/worker/circuit-breaker.ts'
import { openWorkerBench, type WorkerBench } from './worker-for-tests.ts'

const refused: ProviderEvent = {
  type: 'error',
  error: { kind: 'network', message: 'refused', retryable: true, retryAfterMs: 0 },
}
const PLAYED = { provider: 'played', model: 'm' }
const finish: ProviderEvent = { type: 'finish', reason: 'stop' }

/** A provider that cannot be reached until it is mended, on a clock that the test turns. */
async function openBroken(generationTimeoutMs?: number, before: ProviderEvent[] = []) {
  const world = { works: false, requests: 0, aheadMs: 0 }
  const bench = await openWorkerBench(async function* () {
    world.requests += 1
    if (world.works) await delay(50)
    yield world.works ? [{ type: 'text-delta', text: 'ok' }, finish] : [...before, refused]
  }, generationTimeoutMs)
  bench.deps.clock.now = () => Date.now() + world.aheadMs
  return { bench, world }
}

/** One question fails at all its tries, and somebody else's at its first. */
async function failInRow({ bench, world }: Awaited<ReturnType<typeof openBroken>>): Promise<void> {
  await runToEnd(bench, await bench.enqueue())
  const entry = bench.deps.breakers.enter(PLAYED)
  if (entry.ok) entry.leave({ failed: 'network' })
  expect(world.requests).toBe(FAILURES_TO_OPEN - 1)
}

/** In this bench no wait keeps a job from being claimed. */
async function runToEnd(bench: WorkerBench, generationId: string): Promise<Answer> {
  while ((await bench.run(await bench.claim())) !== undefined);
  return await read(bench, generationId)
}

async function read(bench: WorkerBench, generationId: string) {
  return (await bench.events(generationId)).reduce(fold, emptyAnswer())
}

describe('a provider that failed again and again', () => {
  test('is not asked: the next question waits in the open for its probe', async () => {
    const opened = await openBroken()
    const { bench, world } = opened
    await using _ = bench
    await failInRow(opened)
    const generationId = await bench.enqueue()
    await bench.run(await bench.claim())
    expect(world.requests).toBe(FAILURES_TO_OPEN - 1)
    const { phase } = await read(bench, generationId)
    expect(phase).toMatchObject({
      code: 'waiting',
      tryNumber: 1,
      error: {
        kind: 'network',
        providerCode: CIRCUIT_OPEN,
        message: expect.stringMatching(/^played has failed 5 times in a row, .* It is left alone for \d+ s\.$/),
      },
    })
    expect((phase?.untilMs ?? 0) - bench.deps.clock.now()).toBeGreaterThan(5_000)
  })

  test('is not taken for one that answers because of what was left out of the request', async () => {
    const opened = await openBroken(undefined, [{ type: 'left-out', parameters: ['seed'] }])
    const { bench } = opened
    await using _ = bench
    await failInRow(opened)
    expect(bench.deps.breakers.isOpen(PLAYED)).toBe(true)
  })

  test('is asked by one once its pause is over, and by all after that was answered', async () => {
    const opened = await openBroken()
    const { bench, world } = opened
    await using _ = bench
    await failInRow(opened)
    world.works = true
    world.aheadMs = 11_000
    const [first, second] = [await bench.enqueue(), await bench.enqueue()]
    const jobs = [await bench.claim(), await bench.claim()]
    // Both at once: the one that comes second waits for what the first finds.
    await Promise.all(jobs.map((job) => bench.run(job)))
    const statuses = async () => [(await read(bench, first)).status, (await read(bench, second)).status].toSorted()
    expect(await statuses()).toEqual(['completed', 'waiting'])
    await bench.run(await bench.claim())
    expect(await statuses()).toEqual(['completed', 'completed'])
    expect(world.requests).toBe(FAILURES_TO_OPEN + 1)
  })

  test('hands its questions to the fallback at once', async () => {
    const opened = await openBroken()
    const { bench, world } = opened
    await using _ = bench
    await failInRow(opened)
    const providers = bench.deps.providers as Map<string, unknown>
    async function* stream(): AsyncIterable<ProviderEvent[]> {
      yield [{ type: 'text-delta', text: 'ok' }, finish]
    }
    providers.set('second', { id: 'second', local: true, stream, models: async () => [] })
    const generationId = await bench.enqueue({ fallbacks: [{ provider: 'second', model: 'm2' }] })
    expect(await bench.run(await bench.claim())).toBeUndefined()
    expect(await read(bench, generationId)).toMatchObject({
      status: 'completed',
      model: 'm2',
      switchedFrom: { model: 'm', reason: 'network' },
    })
    expect(world.requests).toBe(FAILURES_TO_OPEN - 1)
  })

  test('is not waited for without end, while the probe of somebody else hangs', async () => {
    const opened = await openBroken(600_000)
    const { bench, world } = opened
    await using _ = bench
    await failInRow(opened)
    world.aheadMs = 11_000
    expect(bench.deps.breakers.enter(PLAYED).ok).toBe(true)
    const generationId = await bench.enqueue()
    for (let dueAt = await bench.run(await bench.claim()); dueAt !== undefined;) {
      world.aheadMs = dueAt - Date.now()
      dueAt = await bench.run(await bench.claim())
    }
    const { status, error } = await read(bench, generationId)
    expect({ status, error }).toMatchObject({ status: 'failed', error: { providerCode: CIRCUIT_OPEN } })
    expect(world.aheadMs).toBeGreaterThan(100_000)
    expect(world.aheadMs).toBeLessThan(150_000)
  })
})

test('an answer under way closes it, not only one that has ended', async () => {
  let begin = () => {}
  const begun = new Promise<void>((resolve) => (begin = resolve))
  const stop = new AbortController()
  let broken = true
  await using bench = await openWorkerBench(async function* (signal) {
    if (broken) return yield [refused]
    yield [{ type: 'text-delta', text: 'slowly' }]
    begin()
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  })
  const { breakers } = bench.deps
  for (let time = 0; time < FAILURES_TO_OPEN; time++) {
    const entry = breakers.enter(PLAYED)
    if (entry.ok) entry.leave({ failed: 'network' })
  }
  expect(breakers.isOpen(PLAYED)).toBe(true)
  broken = false
  bench.deps.clock.now = () => Date.now() + 11_000
  await bench.enqueue()
  const running = bench.run(await bench.claim(), stop.signal)
  await begun
  await new Promise((resolve) => setImmediate(resolve))
  expect(breakers.isOpen(PLAYED)).toBe(false)
  stop.abort('cancel')
  await running
})
