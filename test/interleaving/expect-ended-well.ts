import { expect } from 'vitest'
import type { GenerationEvent } from '#protocol/events.ts'
import { emptyAnswer, fold } from '#protocol/fold.ts'
import { plainText, type Answer } from '#protocol/messages.ts'
import type { BackendForTests } from '#server/adapters/sql/backend-for-tests.ts'
import { MAX_ATTEMPTS } from '#server/domain/states.ts'
import { readEvents, type History, type InterleavedWorld } from './interleaved-world.ts'
import { wholeResponse, type Script } from './scripted-provider.ts'

/** What is promised of every generation, whatever happened on its way. */
export async function expectEndedWell(
  backend: BackendForTests,
  { history, scripts }: InterleavedWorld,
  generationId: string,
): Promise<void> {
  const placed = await readEvents(backend, generationId)
  const events = placed.map(({ epoch: _epoch, seq: _seq, ...event }) => event as GenerationEvent)
  const epochs = placed.map(({ epoch }) => epoch)
  expect(placed.map(({ seq }) => seq)).toEqual(placed.map((_, index) => index + 1))
  expect(epochs, 'a fenced epoch writes nothing').toEqual(epochs.toSorted((a, b) => a - b))
  expect(
    events.filter(({ type }) => type === 'end'),
    'one end',
  ).toEqual(events.slice(-1))

  const answer = events.reduce(fold, emptyAnswer())
  const row = await backend.store.findGeneration(generationId)
  const message = await backend.store.getMessage(row?.userId ?? '', row?.messageId ?? '')
  expect(row?.status).toBe(answer.status)
  expect(message?.answer, 'what is stored is the fold of the log').toEqual(answer)

  const script = scripts.get(generationId)
  if (script) expectText(answer, script)
  const losses = history.losses.get(generationId) ?? 0
  expect(row?.lostAttempts, 'losses count, and nothing else').toBe(losses)
  if (answer.error?.kind === 'worker-lost') expect(losses).toBeGreaterThanOrEqual(MAX_ATTEMPTS)
  expectFewAttempts(events, history.drains.get(generationId) ?? 0, script)
  expectCancelObeyed(answer, history, generationId, epochs.at(-1))
}

/** Every text is the beginning of one response, that of a completed answer the whole of one. */
function expectText({ status, parts, superseded }: Answer, script: Script): void {
  const text = plainText(parts)
  const earlier = superseded.map((attempt) => plainText(attempt.parts))
  for (const part of [text, ...earlier]) expect(wholeOf(script, part).startsWith(part), part).toBe(true)
  if (status === 'completed') expect(text).toBe(wholeOf(script, text))
  if (status === 'failed') for (const part of earlier) expect(part.length).toBeLessThanOrEqual(text.length)
}

function wholeOf(script: Script, text: string): string {
  return wholeResponse(script, Number.parseInt(text, 10))
}

function expectFewAttempts(events: readonly GenerationEvent[], drains: number, script: Script | undefined): void {
  const starts = events.filter(({ type }) => type === 'attempt-start').length
  const begunAnew = script?.tries.filter((how) => how === 'cannot-resume').length ?? 0
  expect(starts, 'attempts').toBeLessThanOrEqual(MAX_ATTEMPTS + drains + begunAnew)
}

function expectCancelObeyed({ status }: Answer, history: History, generationId: string, endEpoch?: number): void {
  if (history.claimedToCancel.has(`${generationId} ${endEpoch}`)) expect(status).toBe('cancelled')
  if (status === 'cancelled') expect(history.cancelled, 'nobody else cancels').toContain(generationId)
  const told = history.receipts.filter((receipt) => receipt.generationId === generationId)
  // A receipt may have been written before the end.
  for (const { state } of told) expect([status, 'queued', 'running', 'waiting', 'recovering']).toContain(state)
}
