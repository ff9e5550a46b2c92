import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { GenerationError } from '#protocol/provider-error.ts'
import { ask, followToEnd, post, storedAnswer, type Asked } from '../app/chat.ts'
import { startApp, type App } from '../app/start-app.ts'
import { compareOutcome } from '../wire/compare.ts'
import { outcomeOfAnswer } from '../wire/outcome.ts'
import { hasWireRecordings, listRecordings, type Recording } from '../wire/recordings.ts'
import { startReplayServer, type ReplayServer } from '../wire/replay-server.ts'

/** Longer than this no test waits for a provider to take a request again. */
const PATIENCE_MS = 3_000
const SLOW_RECORDING = 'replay:dev/openai-chat/text-gpt4omini'

describe.skipIf(!hasWireRecordings)('recorded streams through the running server', () => {
  let replay: ReplayServer
  let app: App
  beforeAll(async () => {
    replay = await startReplayServer()
    app = await startApp({
      env: {
        OPENAI_BASE_URL: `${replay.url}/v1`,
        OPENAI_API_KEY: 'sk-CANARY-0123456789abcdef',
        ALLOW_UNLISTED_MODELS: '1',
        IDLE_TIMEOUT_MS: '3500',
        FIRST_BYTE_TIMEOUT_MS: '3500',
      },
    })
  }, 30_000)
  afterAll(async () => {
    await app?.stop()
    await replay?.[Symbol.asyncDispose]()
  })

  test('every Chat Completions recording ends as the expected stored message', { timeout: 270_000 }, async () => {
    const recordings = listRecordings('chat')
    expect(recordings.length).toBeGreaterThan(100)
    const found = await Promise.all(recordings.map(async (recording) => await differences(recording)))
    expect(found.flat()).toEqual([])
  })

  /** A long wait before another try is not sat out: what the provider said is in the log before the wait begins. */
  async function differences(recording: Recording): Promise<string[]> {
    const asked = await ask(app.baseUrl, 'go', `openai/${recording.model}`)
    let refusal: GenerationError | undefined
    const { answer } = await followToEnd(app.baseUrl, asked.generationId, ({ event }) => {
      if (event.type !== 'state' || (event.untilMs ?? 0) < event.at + PATIENCE_MS) return
      refusal = event.error
      void cancel(asked)
    })
    const stored = await vi.waitFor(async () => {
      const current = await storedAnswer(app.baseUrl, asked)
      if (!current) throw new Error('not stored yet')
      return current
    })
    expect(stored).toEqual(answer)
    const outcome = outcomeOfAnswer(stored)
    return compareOutcome(recording, refusal ? { ...outcome, error: refusal } : outcome)
  }

  async function cancel({ generationId }: Asked) {
    return await post<{ state: string; acceptedAt: string; upstreamClosedAt: string | null }>(
      `${app.baseUrl}/api/v1/generations/${generationId}/cancel`,
      {},
    )
  }

  test('P3: a cancel in the middle closes the upstream, as its receipt says', { timeout: 60_000 }, async () => {
    const before = await replay.stats()
    const asked = await ask(app.baseUrl, 'go', `openai/${SLOW_RECORDING};delay=1000`)
    const ended = followToEnd(app.baseUrl, asked.generationId, ({ event }) => {
      if (event.type === 'text-delta') firstToken()
    })
    let firstToken = () => {}
    await new Promise<void>((resolve) => (firstToken = resolve))
    const receipt = await cancel(asked)
    expect(receipt).toMatchObject({ state: 'cancelled', upstreamClosedAt: expect.any(String) })
    expect((await ended).answer).toMatchObject({ status: 'cancelled', cancelledBy: 'user' })
    await vi.waitFor(async () => expect((await replay.stats()).aborted).toBe(before.aborted + 1))
    expect(await cancel(asked)).toEqual(receipt)
  })

  test('P4: a cancel before the first token closes the upstream', { timeout: 60_000 }, async () => {
    const before = await replay.stats()
    const asked = await ask(app.baseUrl, 'go', `openai/${SLOW_RECORDING};ttfb=3000`)
    await vi.waitFor(async () => expect((await replay.stats()).requests).toBe(before.requests + 1))
    const receipt = await cancel(asked)
    expect(receipt).toMatchObject({ state: 'cancelled', upstreamClosedAt: expect.any(String) })
    await vi.waitFor(async () => expect((await replay.stats()).aborted).toBe(before.aborted + 1))
    const { answer } = await followToEnd(app.baseUrl, asked.generationId)
    expect(answer).toMatchObject({ status: 'cancelled', parts: [] })
  })
})
