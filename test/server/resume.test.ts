import { expect, test, vi } from 'vitest'
import type { GenerationEvent } from '#protocol/events.ts'
import { emptyAnswer, fold } from '#protocol/fold.ts'
import { plainText } from '#protocol/messages.ts'
import type { ProviderEvent, ProviderRequest } from '#server/ports/provider.ts'
import { recoverLost } from '#server/worker/recover-lost.ts'
import { openWorkerBench, type Play, type WorkerBench } from './worker-for-tests.ts'

const text = (value: string): ProviderEvent => ({ type: 'text-delta', text: value })
const finish: ProviderEvent = { type: 'finish', reason: 'stop' }
const failure = (kind: 'bad-request' | 'network'): ProviderEvent => ({
  type: 'error',
  error: { kind, message: '', retryable: kind === 'network' },
})
const WHOLE = 'one two three four '

/** Writes half of the text and hangs; asked to resume, `resumed` plays. Remembers what it was asked to resume. */
function half(resumed: (after: number) => ProviderEvent[]): { play: Play; asked: ProviderRequest['resume'][] } {
  const asked: ProviderRequest['resume'][] = []
  const play: Play = async function* (signal, _tryNumber, request) {
    asked.push(request.resume)
    if (request.resume) return yield resumed(request.resume.afterCharacters)
    if (asked.length > 1) return yield [text(WHOLE), finish]
    yield [{ type: 'provider-handle', handle: 'h1' }]
    yield [text(WHOLE.slice(0, 8))]
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  }
  return { play, asked }
}

async function loseFirstAttempt(bench: WorkerBench): Promise<string> {
  const generationId = await bench.enqueue()
  void bench.run(await bench.claim('dead')).catch(() => {})
  await vi.waitFor(async () => expect(JSON.stringify(await bench.events(generationId))).toContain('one two '))
  await recoverLost(bench.deps, { workerId: 'dead' })
  return generationId
}

const answerOf = async (bench: WorkerBench, id: string) => (await bench.events(id)).reduce(fold, emptyAnswer())
const starts = (events: GenerationEvent[]) =>
  events.flatMap((event) => (event.type === 'attempt-start' ? [event.reason] : []))

test('what a provider can resume goes on after the last logged character, and nothing is superseded', async () => {
  const { play, asked } = half((after) => [text(WHOLE.slice(after)), finish])
  await using bench = await openWorkerBench(play)
  const id = await loseFirstAttempt(bench)
  await bench.run(await bench.claim('next'))
  expect(asked).toEqual([undefined, { handle: 'h1', afterCharacters: 8, afterReasoningCharacters: 0 }])
  expect(starts(await bench.events(id))).toEqual(['first', 'resumed'])
  const answer = await answerOf(bench, id)
  expect(answer).toMatchObject({ status: 'completed', attempt: 2, superseded: [] })
  expect(plainText(answer.parts)).toBe(WHOLE)
})

test('where the provider kept nothing, the attempt begins anew in the open', async () => {
  const { play, asked } = half(() => [failure('bad-request')])
  await using bench = await openWorkerBench(play)
  const id = await loseFirstAttempt(bench)
  await bench.run(await bench.claim('next'))
  expect(asked).toHaveLength(3)
  expect(starts(await bench.events(id))).toEqual(['first', 'resumed', 'worker-lost'])
  const answer = await answerOf(bench, id)
  expect(answer).toMatchObject({ status: 'completed', superseded: [{ parts: [{ text: 'one two ' }] }] })
  expect(plainText(answer.parts)).toBe(WHOLE)
})

test('a resumption that is refused for now is waited for, and still resumes', async () => {
  let refusals = 1
  const { play } = half((after) => (refusals-- > 0 ? [failure('network')] : [text(WHOLE.slice(after)), finish]))
  await using bench = await openWorkerBench(play)
  const id = await loseFirstAttempt(bench)
  const dueAt = await bench.run(await bench.claim('next'))
  expect((await bench.deps.store.findGeneration(id))?.status).toBe('waiting')
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThanOrEqual(dueAt ?? Infinity), 3_000)
  await bench.run(await bench.claim('after'))
  expect(starts(await bench.events(id))).toEqual(['first', 'resumed'])
  expect(plainText((await answerOf(bench, id)).parts)).toBe(WHOLE)
})

test('a handle of a try that failed is not resumed later', async () => {
  const asked: ProviderRequest['resume'][] = []
  await using bench = await openWorkerBench(async function* (signal, tryNumber, request) {
    asked.push(request.resume)
    if (tryNumber === 1) return yield [{ type: 'provider-handle', handle: 'stale' }, failure('network')]
    if (tryNumber === 3) return yield [text(WHOLE), finish]
    yield [text('one two ')]
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  })
  const id = await bench.enqueue()
  const dueAt = await bench.run(await bench.claim('first'))
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThanOrEqual(dueAt ?? Infinity), 3_000)
  void bench.run(await bench.claim('dead')).catch(() => {})
  await vi.waitFor(async () => expect(JSON.stringify(await bench.events(id))).toContain('one two '))
  await recoverLost(bench.deps, { workerId: 'dead' })
  await bench.run(await bench.claim('next'))
  expect(asked).toEqual([undefined, undefined, undefined])
})
