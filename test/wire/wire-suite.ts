import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ProviderKind } from '#server/domain/settings.ts'
import { createAnswerPipeline } from '#server/pipeline/answer-pipeline.ts'
import type { Provider, ProviderEvent } from '#server/ports/provider.ts'
import type { Wire } from '#server/upstream/wire.ts'
import { createWireProvider } from '#server/upstream/wire-provider.ts'
import { compareOutcome } from './compare.ts'
import { decodeRecording, WIRE_KEY, WIRE_REQUEST } from './decode-recording.ts'
import { outcomeOfEvents } from './outcome.ts'
import { hasWireRecordings, listRecordings, type Recording, type WireProtocol } from './recordings.ts'
import { startReplayServer, type ReplayServer } from './replay-server.ts'

const now = () => Date.UTC(2026, 0, 1)

export interface WireUnderTest {
  protocol: WireProtocol
  kind: ProviderKind
  wire: Wire
  /** What the base URL ends in behind the replay server's address, such as `/v1`. */
  basePath: string
  /** At the least so many recordings must be there, or the suite would pass by testing nothing. */
  atLeast: number
  /** Recordings whose expectation is not met, each with the reason why that is right; checked to differ indeed. */
  otherwise?: Record<string, string>
}

/** Decodes every recording of one protocol, however its bytes are cut, in process and over HTTP. */
export function describeWire(under: WireUnderTest): void {
  const { protocol, atLeast } = under
  const recordings = listRecordings(protocol)

  describe.skipIf(!hasWireRecordings)(`recorded streams: ${protocol}`, () => {
    describe('through the decoder', () => {
      test('all are read rightly when they come whole', () => {
        expect(recordings.length).toBeGreaterThanOrEqual(atLeast)
        expect(differences(under, recordings, (body) => [body])).toEqual([])
      })

      test('all are read rightly in the pieces in which they were captured', () => {
        const captured = recordings.filter(({ chunkSizes }) => chunkSizes !== undefined)
        expect(differences(under, captured, (body, { chunkSizes = [] }) => cutAtSizes(body, chunkSizes))).toEqual([])
      })

      test('all are read rightly in pieces of 997 bytes', () => {
        expect(differences(under, recordings, (body) => cutEvery(body, 997))).toEqual([])
      })

      test('all are read rightly byte by byte', () => {
        expect(differences(under, recordings, (body) => cutEvery(body, 1))).toEqual([])
      }, 30_000)

      test('the small ones are read rightly in two pieces, wherever they are cut', () => {
        const small = recordings.filter(({ bytes }) => bytes <= 4_096)
        expect(small.length).toBeGreaterThan(2)
        expect(small.flatMap((recording) => differencesOfEveryCut(under, recording))).toEqual([])
      }, 60_000)
    })

    describe.concurrent('over HTTP', () => {
      let replay: ReplayServer
      beforeAll(async () => {
        replay = await startReplayServer()
      })
      afterAll(async () => {
        await replay[Symbol.asyncDispose]()
      })

      test.each([
        ['when they come whole', ';bytes=all'],
        ['in the pieces that their servers sent', ''],
        ['in pieces of 997 bytes', ';bytes=997'],
        ['byte by byte', ';bytes=1'],
      ])(
        'all are read rightly %s',
        async (_how, options) => {
          expect(await differencesOverHttp(under, replay, recordings, options)).toEqual([])
        },
        180_000,
      )
    })
  })
}

type Cut = (body: Buffer, recording: Recording) => Buffer[]

function differences(under: WireUnderTest, chosen: readonly Recording[], cut: Cut): string[] {
  return chosen.flatMap((recording) =>
    compare(under, recording, decodeRecording(under.wire, recording, { pieces: cut(recording.readBody(), recording) })),
  )
}

function compare({ otherwise = {} }: WireUnderTest, recording: Recording, events: readonly ProviderEvent[]): string[] {
  const found = compareOutcome(recording, outcomeOfEvents(events))
  if (otherwise[recording.id] === undefined) return found
  return found.length > 0 ? [] : [`${recording.id} is as expected now: take it from the list of exceptions`]
}

function differencesOfEveryCut(under: WireUnderTest, recording: Recording): string[] {
  const body = recording.readBody()
  for (let at = 1; at < body.length; at++) {
    const events = decodeRecording(under.wire, recording, { pieces: [body.subarray(0, at), body.subarray(at)] })
    const found = compare(under, recording, events)
    if (found.length > 0) return found.map((line) => `${line} (cut at ${at})`)
  }
  return []
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
  under: WireUnderTest,
  replay: ReplayServer,
  chosen: readonly Recording[],
  options: string,
): Promise<string[]> {
  const waiting = chosen.toSorted((a, b) => waits(b) - waits(a))
  const found: string[] = []
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const events = await ask(providerFor(under, replay, next), next, options)
      found.push(...compare(under, next, events))
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
  const request = { ...WIRE_REQUEST, model: recording.model + options }
  for await (const batch of provider.stream(request, new AbortController().signal)) events.push(...pipeline.push(batch))
  return [...events, ...pipeline.end()]
}

/** A stream that never goes on is waited for shortly; the ones that do, at leisure. */
function providerFor({ kind, wire, basePath }: WireUnderTest, replay: ReplayServer, { serve }: Recording): Provider {
  const options = {
    settings: {
      id: kind,
      name: 'Replay',
      kind,
      vendor: kind === 'openai-chat' ? 'openai' : kind,
      baseUrl: replay.url + basePath,
      apiKey: WIRE_KEY,
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
  }
  return createWireProvider(options, wire)
}
