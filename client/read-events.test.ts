import { describe, expect, it } from 'vitest'
import { readEvents } from './read-events.ts'

const BYTES = new TextEncoder().encode(': hi\r\n\r\nid: 1-1\r\ndata: Grüße\r\n\r\nid: 1-2\ndata: 水車 👩‍🔬\n\n')
const EXPECTED = [
  ['1-1', 'Grüße'],
  ['1-2', '水車 👩‍🔬'],
]

describe('readEvents', () => {
  it('reads the same events wherever the bytes are split, also inside a character or a line end', async () => {
    for (let at = 0; at <= BYTES.length; at += 1)
      expect((await read([BYTES.subarray(0, at), BYTES.subarray(at)])).events).toEqual(EXPECTED)
    expect((await read([...BYTES].map((byte) => Uint8Array.of(byte)))).events).toEqual(EXPECTED)
  })

  it('drops an event that was not finished', async () => {
    const { events, outcome } = await read([BYTES.subarray(0, BYTES.length - 1)])
    expect(events).toEqual(EXPECTED.slice(0, 1))
    expect(outcome).toBe('ended')
  })

  it('tells a cut from an end', async () => {
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new TypeError('terminated')),
    })
    expect((await read(body)).outcome).toBe('cut')
  })

  it('gives up on a body that brings no byte, and closes it', async () => {
    let cancelled = false
    const body = new ReadableStream<Uint8Array>({
      cancel: () => {
        cancelled = true
      },
    })
    expect((await read(body, 20)).outcome).toBe('stalled')
    expect(cancelled).toBe(true)
  })
})

async function read(source: ReadableStream<Uint8Array> | Uint8Array[], stallMs = 10_000) {
  const body = Array.isArray(source) ? streamOf(source) : source
  const reading = readEvents(body, { stallMs, onBytes: () => undefined })
  const events: (string | undefined)[][] = []
  for (;;) {
    const next = await reading.next()
    if (next.done) return { events, outcome: next.value }
    events.push([next.value.id, next.value.data])
  }
}

function streamOf(chunks: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })
}
