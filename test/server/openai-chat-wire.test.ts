import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAnswerPipeline } from '#server/pipeline/answer-pipeline.ts'
import type { Provider, ProviderEvent } from '#server/ports/provider.ts'
import { compareOutcome } from '#test/wire/compare.ts'
import { outcomeOfEvents } from '#test/wire/outcome.ts'
import { hasWireRecordings, listRecordings, type Recording } from '#test/wire/recordings.ts'
import { startReplayServer, type ReplayServer } from '#test/wire/replay-server.ts'
import { failure } from '#server/adapters/openai-chat/provider-error.ts'
import { createOpenAiChatProvider } from '#server/adapters/openai-chat/openai-chat-provider.ts'
import { createRedact } from '#server/adapters/openai-chat/redact.ts'
import { createReplyReader } from '#server/adapters/openai-chat/reply-reader.ts'

const recordings = listRecordings('chat')
const redact = createRedact('sk-CANARY-0123456789abcdef')
const now = () => Date.UTC(2026, 0, 1)

describe.skipIf(!hasWireRecordings)('recorded Chat Completions streams', () => {
  describe('through the decoder', () => {
    test('all are read rightly when they come whole', () => {
      expect(recordings.length).toBeGreaterThan(100)
      expect(differences(recordings, (body) => [body])).toEqual([])
    })

    test('all are read rightly in the pieces in which they were captured', () => {
      const captured = recordings.filter(({ chunkSizes }) => chunkSizes !== undefined)
      expect(captured.length).toBeGreaterThan(5)
      expect(differences(captured, (body, { chunkSizes = [] }) => cutAtSizes(body, chunkSizes))).toEqual([])
    })

    test('all are read rightly byte by byte', () => {
      expect(differences(recordings, (body) => cutEvery(body, 1))).toEqual([])
    }, 30_000)

    test('the small ones are read rightly in two pieces, wherever they are cut', () => {
      const small = recordings.filter(({ bytes }) => bytes <= 4_096)
      expect(small.length).toBeGreaterThan(40)
      expect(small.flatMap(differencesOfEveryCut)).toEqual([])
    }, 30_000)
  })

  describe.concurrent('over HTTP', () => {
    let replay: ReplayServer
    beforeAll(async () => {
      replay = await startReplayServer()
    })
    afterAll(async () => {
      await replay[Symbol.asyncDispose]()
    })

    test('all are read rightly when they come whole', async () => {
      expect(await differencesOverHttp(replay, recordings, ';bytes=all')).toEqual([])
    }, 30_000)

    test('all are read rightly in the pieces that their servers sent', async () => {
      expect(await differencesOverHttp(replay, recordings, '')).toEqual([])
    }, 30_000)

    test('the small ones are read rightly byte by byte', async () => {
      const small = recordings.filter(({ bytes }) => bytes <= 4_096)
      expect(small.length).toBeGreaterThan(60)
      expect(await differencesOverHttp(replay, small, ';bytes=1')).toEqual([])
    }, 30_000)
  })
})

type Cut = (body: Buffer, recording: Recording) => Buffer[]

function differences(chosen: readonly Recording[], cut: Cut): string[] {
  return chosen.flatMap((recording) =>
    compareOutcome(recording, outcomeOfEvents(decode(recording, cut(recording.readBody(), recording)))),
  )
}

function differencesOfEveryCut(recording: Recording): string[] {
  const body = recording.readBody()
  for (let at = 1; at < body.length; at++) {
    const events = decode(recording, [body.subarray(0, at), body.subarray(at)])
    const found = compareOutcome(recording, outcomeOfEvents(events))
    if (found.length > 0) return found.map((line) => `${line} (cut at ${at})`)
  }
  return []
}

/** The reply without a network: what the replay server does to the connection is said to the reader instead. */
function decode(recording: Recording, pieces: readonly Buffer[]): ProviderEvent[] {
  const { serve, status, expected } = recording
  const seconds = expected.retryAfterSeconds
  const headers = seconds === undefined ? {} : { 'retry-after': String(seconds) }
  const reader = createReplyReader(status, headers, { redact, now })
  const pipeline = createAnswerPipeline()
  const events: ProviderEvent[] = []
  let left = typeof serve.reset_after === 'number' ? serve.reset_after : Infinity
  for (const piece of pieces) {
    events.push(...pipeline.push(reader.push(piece.subarray(0, left))))
    left = Math.max(0, left - piece.length)
  }
  const broken = serve.reset_after !== undefined ? 'network' : serve.hang_at_end === true ? 'timeout' : undefined
  events.push(...pipeline.push(reader.end(broken && failure(broken, '', redact))), ...pipeline.end())
  return events
}

function cutAtSizes(body: Buffer, sizes: readonly number[]): Buffer[] {
  let at = 0
  return sizes.map((size) => body.subarray(at, (at += size)))
}

function cutEvery(body: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(body.length / size) }, (_, n) => body.subarray(n * size, (n + 1) * size))
}

/** Eight at a time; those that wait on purpose go first, so that their waits overlap. */
async function differencesOverHttp(
  replay: ReplayServer,
  chosen: readonly Recording[],
  options: string,
): Promise<string[]> {
  const waiting = chosen.toSorted((a, b) => waits(b) - waits(a))
  const found: string[] = []
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const events = await ask(providerFor(replay, next), next, options)
      found.push(...compareOutcome(next, outcomeOfEvents(events)))
    }
  }
  await Promise.all(Array.from({ length: 8 }, work))
  return found
}

function waits({ serve }: Recording): number {
  return Number(serve.ttfb_ms ?? 0) + Number(serve.stall_ms ?? 0) + Number(serve.delay_ms ?? 0)
}

async function ask(provider: Provider, recording: Recording, options: string): Promise<ProviderEvent[]> {
  const pipeline = createAnswerPipeline()
  const events: ProviderEvent[] = []
  const request = {
    model: recording.model + options,
    systemPrompt: undefined,
    messages: [{ role: 'user' as const, parts: [{ type: 'text' as const, text: 'Say it.' }] }],
    parameters: {},
    generationId: '0199a000-0000-7000-8000-000000000000',
  }
  for await (const batch of provider.stream(request, new AbortController().signal)) events.push(...pipeline.push(batch))
  return [...events, ...pipeline.end()]
}

/** A stream that never goes on is waited for shortly; the ones that do, at leisure. */
function providerFor(replay: ReplayServer, { serve }: Recording): Provider {
  return createOpenAiChatProvider({
    settings: {
      id: 'openai',
      name: 'Replay',
      kind: 'openai-chat',
      baseUrl: `${replay.url}/v1`,
      apiKey: 'sk-CANARY-0123456789abcdef',
      local: false,
      configured: true,
    },
    limits: {
      connectTimeoutMs: 10_000,
      firstByteTimeoutMs: 10_000,
      idleTimeoutMs: serve.hang_at_end === true ? 1_500 : 30_000,
      maxResponseBytes: 64 * 1024 * 1024,
    },
    now,
  })
}
