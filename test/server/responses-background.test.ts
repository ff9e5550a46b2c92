import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { plainText } from '#protocol/messages.ts'
import { ask, followToEnd, stopAnswer, storedAnswer, type Frame } from '../app/chat.ts'
import { startApp } from '../app/start-app.ts'
import { startResponsesUpstream, words, type ResponsesUpstream } from '../upstream/responses-upstream.ts'

const TIMEOUT_MS = 180_000

function settings(upstream: ResponsesUpstream) {
  return {
    env: {
      ALLOW_UNLISTED_MODELS: '1',
      OPENAI_RESPONSES_API_KEY: 'sk-of-the-background',
      OPENAI_RESPONSES_BASE_URL: `${upstream.url}/v1`,
      OPENAI_RESPONSES_BACKGROUND: '1',
    },
  }
}

/** Does it once in each of these attempts, as soon as the attempt has written up to this word. */
function inAttempts(last: Record<number, string>, act: () => void): (frame: Frame) => void {
  let attempt = 0
  let text = ''
  const done = new Set<number>()
  return ({ event }) => {
    if (event.type === 'attempt-start') attempt = event.attempt
    if (event.type === 'text-delta' || event.type === 'reasoning-delta') text += event.text
    const word = last[attempt]
    if (word === undefined || done.has(attempt) || !text.includes(word)) return
    done.add(attempt)
    act()
  }
}

function killAll(pids: number[]): void {
  expect(pids.length).toBeGreaterThan(0)
  for (const pid of pids) process.kill(pid, 'SIGKILL')
}

const posts = ({ requests }: ResponsesUpstream) =>
  requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/responses'))
const cancels = ({ requests }: ResponsesUpstream) => requests.filter(({ path }) => path.endsWith('/cancel'))

test(
  'P7: a background response goes on where the log ends when its worker is killed, in its thought and in its text',
  { timeout: TIMEOUT_MS },
  async () => {
    await using upstream = await startResponsesUpstream()
    await using app = await startApp(settings(upstream))
    const asked = await ask(app.baseUrl, 'count', 'openai-responses/count;tokens=150;thoughts=60;delay=25;call=20')
    const kill = inAttempts({ 1: ' h20 ', 2: ' t20 ' }, () => killAll(app.workerPids()))
    const { answer, frames } = await followToEnd(app.baseUrl, asked.generationId, kill)
    expect(answer).toMatchObject({ status: 'completed', attempt: 3, attemptReason: 'resumed', superseded: [] })
    expect(plainText(answer.parts)).toBe(words(150, 't'))
    expect(answer.parts.map(({ type }) => type)).toEqual(['reasoning', 'text', 'tool-call'])
    expect(answer.parts[0]).toMatchObject({
      text: words(60, 'h'),
      providerMetadata: { 'openai-responses': { encryptedContent: 'sealed-thought' } },
    })
    expect(answer).toMatchObject({ finishReason: 'tool-calls', metrics: { usage: { outputTokens: 7 } } })
    expect(frames.map(({ id }) => Number(id.split('-')[1]))).toEqual(frames.map((_, index) => index + 1))
    expect((await storedAnswer(app.baseUrl, asked))?.parts).toEqual(answer.parts)
    // One question, asked once: the words of both crashes were paid for once.
    expect(posts(upstream)).toHaveLength(1)
    expect(cancels(upstream)).toEqual([])
  },
)

test(
  'Stop ends a background response at its vendor, also after a worker was killed over it',
  { timeout: TIMEOUT_MS },
  async () => {
    await using upstream = await startResponsesUpstream()
    await using app = await startApp(settings(upstream))
    const asked = await ask(app.baseUrl, 'count', 'openai-responses/count;tokens=2000;delay=20')
    let stopped: Promise<unknown> = Promise.resolve()
    const kill = inAttempts({ 1: ' t20 ' }, () => killAll(app.workerPids()))
    let begun = 0
    const { answer } = await followToEnd(app.baseUrl, asked.generationId, (frame) => {
      kill(frame)
      if (frame.event.type === 'attempt-start') begun = frame.event.attempt
      if (begun === 2 && frame.event.type === 'text-delta' && cancels(upstream).length === 0) {
        begun = 0
        stopped = stopAnswer(app.baseUrl, asked.generationId)
      }
    })
    await stopped
    expect(answer).toMatchObject({ status: 'cancelled', attempt: 2, attemptReason: 'resumed', superseded: [] })
    expect(words(2000, 't').startsWith(plainText(answer.parts))).toBe(true)
    await vi.waitFor(() => expect(upstream.openRequests()).toBe(0))
    expect(cancels(upstream)).toHaveLength(1)
    expect([...upstream.responses.values()].map(({ status }) => status)).toEqual(['cancelled'])
  },
)

test(
  'a background response that its vendor has forgotten is asked for anew, in the open',
  { timeout: TIMEOUT_MS },
  async () => {
    await using upstream = await startResponsesUpstream()
    await using app = await startApp(settings(upstream))
    const asked = await ask(app.baseUrl, 'count', 'openai-responses/count;tokens=60;delay=25')
    const kill = inAttempts({ 1: ' t20 ' }, () => {
      upstream.responses.delete('resp_1')
      killAll(app.workerPids())
    })
    const { answer } = await followToEnd(app.baseUrl, asked.generationId, kill)
    expect(answer).toMatchObject({ status: 'completed', attemptReason: 'worker-lost' })
    expect(plainText(answer.parts)).toBe(words(60, 't'))
    expect(answer.superseded).toHaveLength(1)
    expect(plainText(answer.superseded[0]?.parts ?? [])).toContain('t20')
    expect(posts(upstream)).toHaveLength(2)
  },
)

test('a server that is told to end leaves a background response to the next one', { timeout: TIMEOUT_MS }, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'millrace-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 }))
  await using upstream = await startResponsesUpstream()
  const first = await startApp({ ...settings(upstream), dataDir })
  const asked = await ask(first.baseUrl, 'count', 'openai-responses/count;tokens=400;delay=25')
  await vi.waitFor(() => expect(upstream.responses.get('resp_1')?.events.length).toBeGreaterThan(20), 30_000)
  await first.stop()
  expect(upstream.responses.get('resp_1')?.status).toBe('in_progress')

  await using second = await startApp({ ...settings(upstream), dataDir })
  const { answer } = await followToEnd(second.baseUrl, asked.generationId)
  expect(answer).toMatchObject({ status: 'completed', attempt: 2, attemptReason: 'resumed', superseded: [] })
  expect(plainText(answer.parts)).toBe(words(400, 't'))
  expect(posts(upstream)).toHaveLength(1)
  expect(cancels(upstream)).toEqual([])
})
