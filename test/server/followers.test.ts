import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { GenerationEvent } from '#protocol/events.ts'
import { createMillraceClient, type MillraceClient } from '#client/create-millrace-client.ts'
import { startCuttingNetwork } from '../app/cutting-network.ts'
import { startApi, type Api } from '../app/start-api.ts'
import { framesIn, readBody } from '../app/stream-bytes.ts'

/** Characters of one to four bytes, line ends, and what looks like the framing of streams and chunks. */
const PIECES = [
  'Grüße ',
  '水車',
  '\n\n',
  'data: x',
  '\r\n',
  'id: 1-1\n',
  '👩‍🔬',
  '"\\',
  'event: end',
  '\u2028',
  '0\r\n\r\n',
]
const BODY_BYTES = 8_192
/** Each cut is a client, a connection more and two requests by `fetch`: a shorter body is enough to meet every boundary. */
const CLIENT_BODY_BYTES = 1_024
const LIVE_EVENTS = 200
const CONCURRENT = 16
/** Only a busy machine uses it up. */
const TIMEOUT_MS = 360_000

let api: Api
beforeAll(async () => {
  api = await startApi({ limits: { maxOpenStreams: 10_000 } })
})
afterAll(() => api.close())

describe('a reader that attaches while the answer is written', () => {
  test('C3, P8: gets exactly the rest from every seq, as a raw reader and as a client', async () => {
    const { generationId } = await api.ask()
    const writer = await api.work(generationId)
    const client = clientOf(api.baseUrl)
    const readings: { seq: number; reading: Promise<string[]> }[] = []
    const attach = (seq: number): void => {
      const after = seq === 0 ? undefined : `1-${seq}`
      readings.push({ seq, reading: readToEnd(eventsPath(generationId), after) })
      readings.push({ seq, reading: followToEnd(client, generationId, after) })
    }
    for (let seq = 0; seq < LIVE_EVENTS; seq++) {
      const writing = writer.append(eventAt(seq))
      // Before, between and after the steps of an append that is under way.
      for (let step = 0; step < seq % 4; step++) await nextTurn()
      attach(seq)
      if (seq % 2 === 1) attach((seq - 1) / 2)
      await writing
    }
    await writer.end()
    const all = await readToEnd(eventsPath(generationId))
    expect(all).toHaveLength(LIVE_EVENTS + 1)
    for (const { seq, reading } of readings) expect(await reading).toEqual(all.slice(seq))
  })
})

describe('a reader whose connection is cut', () => {
  test(
    'C3: has exactly the whole answer after it came back, after whichever byte of 8 KB that was',
    { timeout: TIMEOUT_MS },
    async () => {
      const { path, whole, size } = await writeAnswer(BODY_BYTES)
      expect(size).toBeGreaterThan(0.9 * BODY_BYTES)
      const resume = once((after: string | undefined) => readToEnd(path, after))
      await forEachUpTo(size, async (maxBytes) => {
        const first = framesIn(await readBody(api.port, path, { maxBytes }))
        const rest = await resume(first.at(-1)?.id)
        expectSame([...first.map(asLine), ...rest], whole, maxBytes)
      })
    },
  )

  test(
    'C3: as a client, has exactly the whole answer after whichever byte that was',
    { timeout: TIMEOUT_MS },
    async () => {
      const { generationId, whole, size } = await writeAnswer(CLIENT_BODY_BYTES)
      await using network = await startCuttingNetwork(api.port)
      await forEachUpTo(size, async (bytes) => {
        const followed = await followToEnd(clientOf(network.cutAfter(bytes)), generationId)
        expectSame(followed, whole, bytes)
      })
    },
  )
})

const eventsPath = (id: string): string => `/api/v1/generations/${id}/events`

function eventAt(index: number): GenerationEvent {
  const count = 1 + (index % 5)
  const text = Array.from({ length: count }, (_, more) => PIECES[(index + more * 5) % PIECES.length]).join('')
  return { type: 'text-delta', at: 1, text }
}

/** An ended generation whose stream is about so many bytes. */
async function writeAnswer(bytes: number) {
  const { generationId } = await api.ask()
  const writer = await api.work(generationId)
  const path = eventsPath(generationId)
  const reserved = 200
  for (let index = 0, size = reserved; size < bytes; index++) {
    const event = eventAt(index)
    size += Buffer.byteLength(`id: 1-${index}\ndata: ${JSON.stringify(event)}\n\n`)
    await writer.append(event)
  }
  await writer.end()
  const body = await readBody(api.port, path)
  return { generationId, path, whole: framesIn(body).map(asLine), size: body.length }
}

/** Every event as one line: its cursor and its JSON. */
function asLine({ id, data }: { id: string; data: string }): string {
  return `${id} ${data}`
}

async function readToEnd(path: string, after?: string): Promise<string[]> {
  return framesIn(await readBody(api.port, path, { after })).map(asLine)
}

function clientOf(baseUrl: string): MillraceClient {
  return createMillraceClient({ baseUrl, fetch, backoff: { firstMs: 1, mostMs: 2 } })
}

async function followToEnd(client: MillraceClient, generationId: string, after?: string): Promise<string[]> {
  const lines: string[] = []
  for await (const followed of client.follow(generationId, { after, signal: AbortSignal.timeout(30_000) })) {
    if (followed.type === 'restart') throw new Error('the cursor was refused')
    if (followed.type === 'event') lines.push(asLine({ id: followed.cursor, data: JSON.stringify(followed.event) }))
  }
  return lines
}

/** Asks once for each cursor, although many cuts lead to it. */
function once<Key, Value>(ask: (key: Key) => Promise<Value>): (key: Key) => Promise<Value> {
  const asked = new Map<Key, Promise<Value>>()
  return (key) => {
    const known = asked.get(key) ?? ask(key)
    asked.set(key, known)
    return known
  }
}

/** Compared as one string: deep comparisons by the thousand would take longer than what they compare. */
function expectSame(lines: readonly string[], whole: readonly string[], bytes: number): void {
  expect(lines.join('\n'), `cut after byte ${bytes}`).toBe(whole.join('\n'))
}

async function forEachUpTo(last: number, act: (number: number) => Promise<void>): Promise<void> {
  let next = 0
  const work = async (): Promise<void> => {
    while (next <= last) await act(next++)
  }
  await Promise.all(Array.from({ length: CONCURRENT }, work))
}
