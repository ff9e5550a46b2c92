import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { plainText } from '#protocol/messages.ts'
import type { GenerationError } from '#protocol/provider-error.ts'
import { ask, followToEnd, post, storedAnswer, type Asked } from '../app/chat.ts'
import { startApp, type App } from '../app/start-app.ts'
import { compareOutcome } from '../wire/compare.ts'
import { outcomeOfAnswer } from '../wire/outcome.ts'
import { hasWireRecordings, listRecordings, type Recording } from '../wire/recordings.ts'
import { startReplayServer, type ReplayServer } from '../wire/replay-server.ts'

/** Longer than this no test waits for a provider to take a request again. */
const PATIENCE_MS = 3_000

/** Each protocol under the provider id that speaks it, with a recording of a plain text for the stops. */
const PROTOCOLS = [
  { protocol: 'chat', provider: 'openai', slow: 'dev/openai-chat/text-gpt4omini', atLeast: 160 },
  { protocol: 'responses', provider: 'openai-responses', slow: 'dev/openai-responses/text-gpt41', atLeast: 25 },
  { protocol: 'anthropic', provider: 'anthropic', slow: 'dev/anthropic/text-sonnet45', atLeast: 26 },
  { protocol: 'gemini', provider: 'gemini', slow: 'dev/gemini/text-20flash', atLeast: 26 },
  { protocol: 'ollama', provider: 'ollama', slow: 'dev/ollama/count-gemma3', atLeast: 13 },
] as const

/** When a person stops an answer, and how the upstream is held there. */
const MOMENTS = [
  ['while nothing has answered yet', ';ttfb=20000', false],
  ['after the head, before the first token', ';stall=20000@0', false],
  ['in the middle', ';bytes=event;delay=700', true],
] as const

describe.skipIf(!hasWireRecordings)('recorded streams through the running server', () => {
  let replay: ReplayServer
  let app: App
  beforeAll(async () => {
    replay = await startReplayServer()
    const key = 'sk-CANARY-0123456789abcdef'
    app = await startApp({
      env: {
        OPENAI_BASE_URL: `${replay.url}/v1`,
        OPENAI_API_KEY: key,
        ANTHROPIC_BASE_URL: `${replay.url}/v1`,
        ANTHROPIC_API_KEY: key,
        GEMINI_BASE_URL: `${replay.url}/v1beta`,
        GEMINI_API_KEY: key,
        OLLAMA_BASE_URL: replay.url,
        ALLOW_UNLISTED_MODELS: '1',
        IDLE_TIMEOUT_MS: '3500',
        FIRST_BYTE_TIMEOUT_MS: '30000',
      },
    })
  }, 30_000)
  afterAll(async () => {
    await app?.stop()
    await replay?.[Symbol.asyncDispose]()
  })

  describe.each(PROTOCOLS)('$protocol', ({ protocol, provider, slow, atLeast }) => {
    test('every recording ends as the expected stored message', { timeout: 270_000 }, async () => {
      const recordings = listRecordings(protocol)
      expect(recordings.length).toBeGreaterThanOrEqual(atLeast)
      const found = await Promise.all(recordings.map((recording) => differences(provider, recording)))
      expect(found.flat()).toEqual([])
    })

    test.each(MOMENTS)(
      'P3, P4: a stop %s closes the upstream',
      { timeout: 60_000 },
      async (_when, options, hasText) => {
        const before = await replay.stats()
        const asked = await ask(app.baseUrl, 'go', `${provider}/replay:${slow}${options}`)
        let firstToken = () => {}
        const written = new Promise<void>((resolve) => (firstToken = resolve))
        const ended = followToEnd(app.baseUrl, asked.generationId, ({ event }) => {
          if (event.type === 'text-delta') firstToken()
        })
        await (hasText ? written : untilAsked(before.requests + 1))
        const receipt = await cancel(asked)
        expect(receipt).toMatchObject({ state: 'cancelled', upstreamClosedAt: expect.any(String) })
        await vi.waitFor(async () => expect((await replay.stats()).aborted).toBe(before.aborted + 1))
        const { answer } = await ended
        expect(answer).toMatchObject({ status: 'cancelled', cancelledBy: 'user' })
        expect(plainText(answer.parts) !== '').toBe(hasText)
        expect(await cancel(asked)).toEqual(receipt)
      },
    )
  })

  async function untilAsked(requests: number): Promise<void> {
    await vi.waitFor(async () => expect((await replay.stats()).requests).toBe(requests))
  }

  /** A long wait before another try is not sat out: what the provider said is in the log before the wait begins. */
  async function differences(provider: string, recording: Recording): Promise<string[]> {
    const asked = await ask(app.baseUrl, 'go', `${provider}/${recording.model}`)
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
})
