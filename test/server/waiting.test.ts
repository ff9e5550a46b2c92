import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { GenerationEvent } from '#protocol/events.ts'
import { fold, emptyAnswer } from '#protocol/fold.ts'
import { plainText } from '#protocol/messages.ts'
import type { ProviderEvent } from '#server/ports/provider.ts'
import { openWorkerBench, type Play } from './worker-for-tests.ts'

const text = (value: string): ProviderEvent => ({ type: 'text-delta', text: value })
const finish: ProviderEvent = { type: 'finish', reason: 'stop' }
const refusal = (retryAfterMs?: number): ProviderEvent => {
  const error = { kind: 'rate-limit', message: 'slow down', retryable: true } as const
  return { type: 'error', error: retryAfterMs === undefined ? error : { ...error, retryAfterMs } }
}

/** Refuses so many tries, then answers. */
const refuses = (times: number, retryAfterMs: number): Play =>
  async function* (_signal, tryNumber) {
    if (tryNumber <= times) yield [refusal(retryAfterMs)]
    else yield [text('ok'), finish]
  }

const isWaiting = (event: GenerationEvent) => event.type === 'state' && event.code === 'waiting'
const foldAll = (events: readonly GenerationEvent[]) => events.reduce(fold, emptyAnswer())

test('a title is given up sooner than an answer: nobody waits for it longer than a minute', async () => {
  const runAs = async (purpose: 'answer' | 'title') => {
    await using bench = await openWorkerBench(refuses(1, 90_000), 600_000)
    const generationId = await bench.enqueue()
    await bench.run({ ...(await bench.claim()), purpose })
    return foldAll(await bench.events(generationId)).status
  }
  expect(await runAs('answer')).toBe('waiting')
  expect(await runAs('title')).toBe('failed')
})

test('P25: a refusal before anything visible is waited out in the open by the time it asks for, then tried again', async () => {
  await using bench = await openWorkerBench(refuses(1, 80))
  const generationId = await bench.enqueue()
  const dueAt = await bench.run(await bench.claim())
  const [waiting] = (await bench.events(generationId)).filter(isWaiting)
  expect(waiting).toMatchObject({ tryNumber: 2, untilMs: dueAt, error: { kind: 'rate-limit', retryAfterMs: 80 } })
  expect((dueAt ?? 0) - (waiting?.at ?? 0)).toBe(80)
  expect(await bench.deps.store.findGeneration(generationId)).toMatchObject({ status: 'waiting', lostAttempts: 0 })

  await delay(90)
  await bench.run(await bench.claim())
  const answer = foldAll(await bench.events(generationId))
  expect(answer).toMatchObject({ status: 'completed', attempt: 1, attemptReason: 'first', superseded: [] })
  expect(plainText(answer.parts)).toBe('ok')
})

test('P25: a wait survives the death of every process, and the tries go on counting', async () => {
  await using bench = await openWorkerBench(refuses(9, 1))
  const generationId = await bench.enqueue()
  for (let run = 1; run <= 4; run++) {
    await bench.run(await bench.claim(`worker ${run}`))
    await delay(5)
  }
  const events = await bench.events(generationId)
  expect(events.filter(isWaiting)).toMatchObject([{ tryNumber: 2 }, { tryNumber: 3 }, { tryNumber: 4 }])
  expect(events.filter(({ type }) => type === 'attempt-start')).toHaveLength(1)
  expect(events.at(-1)).toMatchObject({ status: 'failed', error: { kind: 'rate-limit', message: 'slow down' } })
})

test('P25: nobody waits longer than the time that the attempt has for all its tries', async () => {
  await using bench = await openWorkerBench(refuses(9, 40), 100)
  const generationId = await bench.enqueue()
  while ((await bench.run(await bench.claim())) !== undefined) await delay(41)
  const events = await bench.events(generationId)
  expect(events.filter(isWaiting).length).toBeLessThanOrEqual(2)
  expect(events.at(-1)).toMatchObject({
    status: 'failed',
    error: { kind: expect.stringMatching(/rate-limit|timeout/) },
  })
})

test('P25: what goes by after a wait while nobody can take the answer up is none of the time that it has', async () => {
  await using bench = await openWorkerBench(refuses(2, 20), 60_000)
  let aheadMs = 0
  bench.deps.clock.now = () => Date.now() + aheadMs
  const generationId = await bench.enqueue()
  while ((await bench.run(await bench.claim())) !== undefined) aheadMs += 120_000
  expect(aheadMs).toBe(240_000)
  expect((await bench.events(generationId)).at(-1)).toMatchObject({ status: 'completed' })
})

test('P4: a stop that comes while the wait begins is not forgotten', async () => {
  const stop = new AbortController()
  await using bench = await openWorkerBench(async function* () {
    yield [refusal(60_000)]
    stop.abort('cancel')
  })
  const generationId = await bench.enqueue()
  await bench.deps.store.requestCancel('local', generationId, { at: 1, by: 'user' })
  const job = { ...(await bench.claim()), cancelRequested: false }
  expect(await bench.run(job, stop.signal)).toBeUndefined()
  expect((await bench.events(generationId)).at(-1)).toMatchObject({ status: 'cancelled' })
})
