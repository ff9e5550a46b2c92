import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PROVIDER_ERROR_KINDS } from '#protocol/provider-error.ts'
import type { Provider, ProviderEvent, ProviderRequest } from './provider.ts'

/** A provider made ready for the suite, with requests that bring it into the states the contract speaks of. */
export interface ProviderSubject {
  provider: Provider
  /** Writes some text and ends well. */
  answering: ProviderRequest
  /** Writes text soon and goes on for at least 10 s. */
  endless: ProviderRequest
  /** Says nothing for at least 10 s. */
  silent: ProviderRequest
  /** Ends in an error that is not a cancellation. */
  failing: ProviderRequest
  /** Answers one request after another: the next one waits until the one before has ended. */
  oneAtATime?: boolean
  /** Watches the other end; absent for a provider that runs inside this process. */
  upstream?: {
    /** Requests that the upstream is answering now and whose connection it sees open. */
    openRequests(): number
    /** Requests that it has received so far. */
    totalRequests(): number
  }
  close(): Promise<void>
}

/** Longest wait for anything that must happen; only a broken provider uses it up. */
const CAP_MS = 5_000
/** Goal for the time from cancel to the upstream seeing its connection closed. */
const CLOSE_GOAL_MS = 100

/** What `Provider` promises, as tests. `open` makes a fresh subject for each of them. */
export function describeProviderContract(name: string, open: () => Promise<ProviderSubject>): void {
  describe(`provider contract: ${name}`, () => {
    let subject: ProviderSubject
    beforeEach(async () => {
      subject = await open()
    })
    afterEach(async () => {
      await subject.close()
    })

    const start = (request: ProviderRequest, signal = new AbortController().signal) =>
      subject.provider.stream(request, signal)[Symbol.asyncIterator]()

    test('an answer is text and then exactly one finish, in batches that are never empty', async () => {
      const batches = await drain(start(subject.answering))
      const events = expectWellFormed(batches)
      expect(events.at(-1)).toMatchObject({ type: 'finish' })
      expect(events.some((event) => event.type === 'text-delta' && event.text.length > 0)).toBe(true)
    })

    test('nothing follows the end, however often one asks', async () => {
      const iterator = start(subject.answering)
      await drain(iterator)
      expect(await iterator.next()).toMatchObject({ done: true })
      expect(await iterator.next()).toMatchObject({ done: true })
    })

    test('a failure is an event: its kind is known, its message bounded, and it says whether a retry can help', async () => {
      const events = expectWellFormed(await drain(start(subject.failing)))
      const last = events.at(-1)
      if (last?.type !== 'error') throw new Error(`ended in ${last?.type}, not in an error`)
      expect(PROVIDER_ERROR_KINDS).toContain(last.error.kind)
      expect(last.error.kind).not.toBe('cancelled')
      expect(last.error.message.length).toBeLessThanOrEqual(2_000)
      expect(typeof last.error.retryable).toBe('boolean')
    })

    test('a signal that was aborted before the start gives one cancelled error and asks nobody', async () => {
      const events = expectWellFormed(await drain(start(subject.answering, AbortSignal.abort())))
      expectCancelled(events)
      expect(events).toHaveLength(1)
      expect(subject.upstream?.totalRequests() ?? 0).toBe(0)
    })

    test('abort before the first event ends in one cancelled error and closes the upstream', async () => {
      await expectMostlyWithinGoal(async () => {
        const controller = new AbortController()
        const draining = drain(start(subject.silent, controller.signal))
        await waitForOpenRequest(subject)
        const closedAfterMs = await abortAndAwaitClose(subject, controller)
        expectCancelled(expectWellFormed(await draining))
        return closedAfterMs
      })
    })

    test('abort in the middle keeps what was written, ends in one cancelled error and closes the upstream', async () => {
      await expectMostlyWithinGoal(async () => {
        const controller = new AbortController()
        const iterator = start(subject.endless, controller.signal)
        const first = await nextBatch(iterator)
        const draining = drain(iterator)
        const closedAfterMs = await abortAndAwaitClose(subject, controller)
        expectCancelled(expectWellFormed([first, ...(await draining)]))
        return closedAfterMs
      })
    })

    test('abort while nobody is reading closes the upstream as well', async () => {
      const controller = new AbortController()
      const iterator = start(subject.endless, controller.signal)
      const first = await nextBatch(iterator)
      await abortAndAwaitClose(subject, controller)
      expectCancelled(expectWellFormed([first, ...(await drain(iterator))]))
    })

    test('abort after the end changes nothing', async () => {
      const controller = new AbortController()
      const batches = await drain(start(subject.answering, controller.signal))
      controller.abort()
      expect(expectWellFormed(batches).at(-1)).toMatchObject({ type: 'finish' })
    })

    test('returning from the iteration closes the upstream', async () => {
      for await (const batch of subject.provider.stream(subject.endless, new AbortController().signal)) {
        expect(batch.length).toBeGreaterThan(0)
        break
      }
      await waitForClose(subject)
    })

    test('streams are independent: one is cancelled, the other ends well', async () => {
      const controller = new AbortController()
      const cancelled = drain(start(subject.endless, controller.signal))
      const other = drain(start(subject.answering))
      if (subject.oneAtATime) controller.abort()
      const whole = expectWellFormed(await other)
      controller.abort()
      expectCancelled(expectWellFormed(await cancelled))
      expect(whole.at(-1)).toMatchObject({ type: 'finish' })
    })

    test('lists its models with unique, non-empty ids', async () => {
      const ids = (await subject.provider.models(new AbortController().signal)).map((model) => model.id)
      expect(ids.length).toBeGreaterThan(0)
      expect(ids).not.toContain('')
      expect(new Set(ids).size).toBe(ids.length)
    })
  })
}

type Batch = readonly ProviderEvent[]

async function drain(iterator: AsyncIterator<Batch>): Promise<Batch[]> {
  const batches: Batch[] = []
  for (;;) {
    const step = await capped(iterator.next(), 'the next batch')
    if (step.done) return batches
    batches.push(step.value)
  }
}

async function nextBatch(iterator: AsyncIterator<Batch>): Promise<Batch> {
  const step = await capped(iterator.next(), 'the first batch')
  if (step.done) throw new Error('ended before its first batch')
  return step.value
}

function expectWellFormed(batches: readonly Batch[]): ProviderEvent[] {
  for (const batch of batches) expect(batch.length).toBeGreaterThan(0)
  const events = batches.flat()
  const ends = events.filter((event) => event.type === 'finish' || event.type === 'error')
  expect(ends).toHaveLength(1)
  expect(events.at(-1)).toBe(ends[0])
  return events
}

function expectCancelled(events: readonly ProviderEvent[]): void {
  expect(events.at(-1)).toMatchObject({ type: 'error', error: { kind: 'cancelled', retryable: false } })
}

async function abortAndAwaitClose(subject: ProviderSubject, controller: AbortController): Promise<number> {
  const startedAt = performance.now()
  controller.abort()
  await waitForClose(subject)
  return performance.now() - startedAt
}

async function waitForOpenRequest({ upstream }: ProviderSubject): Promise<void> {
  await until(() => !upstream || upstream.openRequests() > 0, 'the upstream to receive the request')
}

async function waitForClose({ upstream }: ProviderSubject): Promise<void> {
  await until(() => !upstream || upstream.openRequests() === 0, 'the upstream to see its connection closed')
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + CAP_MS
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited ${CAP_MS} ms for ${what}`)
    await sleep(1)
  }
}

/** The goal holds for most of several tries: one pause of a busy machine is no broken promise. */
async function expectMostlyWithinGoal(measure: () => Promise<number>): Promise<void> {
  const timesMs: number[] = []
  for (let round = 0; round < 5; round += 1) timesMs.push(await measure())
  timesMs.sort((a, b) => a - b)
  expect(timesMs[2]).toBeLessThanOrEqual(CLOSE_GOAL_MS)
}

async function capped<T>(promise: Promise<T>, what: string): Promise<T> {
  const timer = new AbortController()
  const late = sleep(CAP_MS, undefined, { signal: timer.signal }).then(
    () => Promise.reject(new Error(`waited ${CAP_MS} ms for ${what}`)),
    () => new Promise<never>(() => {}),
  )
  try {
    return await Promise.race([promise, late])
  } finally {
    timer.abort()
  }
}
