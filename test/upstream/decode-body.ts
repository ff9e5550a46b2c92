import { expect } from 'vitest'
import { piecesOf } from '#protocol/events.ts'
import type { ProviderEvent } from '#server/ports/provider.ts'
import { createBodyDecoder } from '#server/upstream/body-decoder.ts'
import { createRedact } from '#server/upstream/redact.ts'
import type { Wire } from '#server/upstream/wire.ts'

const DECODED_KEY = 'sk-our-own-secret-key'
const DECODED_GENERATION = '0199a000-0000-7000-8000-000000000000'
const redact = createRedact(DECODED_KEY)

/** Decodes the body of a good reply that comes in these pieces. */
export function decodeBody(wire: Wire, pieces: readonly Buffer[], model = 'some-model'): ProviderEvent[] {
  const request = { model, systemPrompt: undefined, messages: [], parameters: {}, generationId: DECODED_GENERATION }
  const decoder = createBodyDecoder({ framing: wire.framing, answer: wire.createAnswer(redact, request), redact })
  const events = pieces.flatMap((piece) => [...decoder.push(piece)])
  return [...events, ...decoder.end()]
}

/** Expects the same events of a body wherever it is cut in two, and byte by byte. */
export function expectCutAnywhere(wire: Wire, body: string | Buffer, events: readonly object[]): void {
  const bytes = Buffer.from(body)
  const atOnce = decodeBody(wire, [bytes])
  expect(joinDeltas(atOnce)).toEqual(events)
  for (let at = 1; at < bytes.length; at++) {
    const cut = decodeBody(wire, [bytes.subarray(0, at), bytes.subarray(at)])
    expect(joinDeltas(cut), `cut at ${at}`).toEqual(events)
    expect(piecesIn(cut), `cut at ${at}`).toBe(piecesIn(atOnce))
  }
  const single = Array.from(bytes, (byte) => Buffer.of(byte))
  expect(joinDeltas(decodeBody(wire, single)), 'byte by byte').toEqual(events)
}

function piecesIn(events: readonly ProviderEvent[]): number {
  return events.reduce((sum, event) => sum + ('text' in event ? piecesOf(event) : 0), 0)
}

/** Deltas of one type that follow one another are one event in what they mean, however many pieces they came in. */
export function joinDeltas(events: readonly ProviderEvent[]): ProviderEvent[] {
  const result: ProviderEvent[] = []
  for (const event of events) {
    const last = result.at(-1)
    if (last && 'text' in last && 'text' in event && last.type === event.type) last.text += event.text
    else result.push('text' in event ? { type: event.type, text: event.text } : { ...event })
  }
  return result
}
