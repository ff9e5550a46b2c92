import type { ServerResponse } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { CancelReceipt, CancelReceipts, GenerationView } from '#protocol/api/generations.ts'
import { plainText, type Answer, type GenerationStatus } from '#protocol/messages.ts'
import { ask, followToEnd, post, stopAnswer, storedAnswer, type Frame } from '../app/chat.ts'
import { whileFrozen } from '../app/freeze-processes.ts'
import { startApp, type App } from '../app/start-app.ts'
import { chatEvent, startScriptedUpstream, type ScriptedUpstream } from '../upstream/scripted-upstream.ts'

/** The goal is 100 ms; a busy machine may take longer, a connection that is never closed would take for ever. */
const CLOSE_CAP_MS = 3_000
/** So many answers are written at once; the others wait. */
const RUNNING = 3

const LONG = 'demo/script;tokens=100000;delay=20'
const SILENT = 'demo/script;ttfb=600000'
const REFUSED = 'demo/script;fail=rate-limit;retry-after=60'

let upstream: ScriptedUpstream
let closedAt: number[]
let app: App

beforeAll(async () => {
  closedAt = []
  upstream = await startScriptedUpstream(({ method, body }, response) => {
    if (method === 'GET') return response.end('{"data":[]}')
    response.on('close', () => closedAt.push(performance.now()))
    return body.includes('"endless"') ? writeForEver(response) : undefined
  })
  app = await startApp({
    env: {
      ALLOW_UNLISTED_MODELS: '1',
      MAX_RUNNING_PER_USER: String(RUNNING),
      OPENAI_BASE_URL: `${upstream.url}/v1`,
      OPENAI_API_KEY: 'sk-any',
    },
  })
})
afterEach(() => post(`${app.baseUrl}/api/v1/generations/cancel-all`, {}))
afterAll(async () => {
  await app?.stop()
  await upstream?.stop()
})

function writeForEver(response: ServerResponse): void {
  const timer = setInterval(() => response.write(chatEvent({ content: 'word ' })), 10)
  response.on('close', () => clearInterval(timer))
}

const stop = (generationId: string) => stopAnswer(app.baseUrl, generationId)
const stateOf = async (generationId: string) => {
  const response = await fetch(`${app.baseUrl}/api/v1/generations/${generationId}`)
  return ((await response.json()) as GenerationView).status
}
const reach = (generationId: string, state: GenerationStatus) =>
  vi.waitFor(async () => expect(await stateOf(generationId)).toBe(state), { timeout: 30_000 })

/** Asks, follows, and resolves once an event like this has been read; `ended` has everything up to the end. */
async function askUntil(model: string, isIt: (frame: Frame) => boolean) {
  const asked = await ask(app.baseUrl, 'go', model)
  const { promise: seen, resolve } = Promise.withResolvers<void>()
  const ended = followToEnd(app.baseUrl, asked.generationId, (frame) => {
    if (isIt(frame)) resolve()
  })
  await seen
  return { asked, ended }
}

/** Nobody works on what waits: the API alone has to end it. */
const withoutWorkers = <T>(act: () => Promise<T>): Promise<T> => whileFrozen(app.workerPids(), app.dataDir, act)

const text = ({ event }: Frame) => event.type === 'text-delta'
const connecting = ({ event }: Frame) => event.type === 'state' && event.code === 'connecting'
const waiting = ({ event }: Frame) => event.type === 'state' && event.code === 'waiting'

describe('a stop while the model writes', () => {
  test('P3: closes the connection to the provider at once, and the receipt says when', async () => {
    const { asked, ended } = await askUntil('openai/endless', text)
    expect(upstream.openRequests()).toBe(1)
    const startedAt = performance.now()
    const receipt = await stop(asked.generationId)
    await vi.waitFor(() => expect(upstream.openRequests()).toBe(0), { timeout: CLOSE_CAP_MS })
    expect((closedAt.at(-1) ?? Infinity) - startedAt).toBeLessThan(CLOSE_CAP_MS)
    expect(receipt).toMatchObject({ state: 'cancelled', upstreamClosedAt: expect.any(String), tokensBilled: null })
    expect(Date.parse(receipt.upstreamClosedAt ?? '') - Date.parse(receipt.acceptedAt)).toBeLessThan(CLOSE_CAP_MS)
    const { answer } = await ended
    expect(receipt.tokensWritten).toBe(plainText(answer.parts).split(' ').length - 1)
  })

  test('P3: stops the demo model too, which bills what it wrote and nothing after that', async () => {
    const { asked, ended } = await askUntil(LONG, text)
    const receipt = await stop(asked.generationId)
    expect(receipt).toMatchObject({ state: 'cancelled', upstreamClosedAt: expect.any(String) })
    const { answer } = await ended
    const written = plainText(answer.parts).trim().split(' ').length
    expect(receipt.tokensWritten).toBe(written)
    expect(receipt.tokensBilled).toEqual({ inputTokens: 1, outputTokens: written })
  })

  test('P5: what was shown is stored, with the reason, and no token more', async () => {
    const { asked, ended } = await askUntil('demo/script;think=5;tokens=100000;delay=5', text)
    await stop(asked.generationId)
    const { answer } = await ended
    expect(answer).toMatchObject({ status: 'cancelled', cancelledBy: 'user' })
    expect(answer.parts.map(({ type }) => type)).toEqual(['reasoning', 'text'])
    expect(await storedAnswer(app.baseUrl, asked)).toEqual(answer)
  })

  test('P5: what was shown before an error is stored, with the reason, and a stop then changes nothing', async () => {
    const { asked, ended } = await askUntil('demo/script;tokens=20;delay=5;fail=overloaded@7', text)
    const { answer } = await ended
    expect(answer).toMatchObject({ status: 'failed', error: { kind: 'overloaded' } })
    expect(plainText(answer.parts)).toBe('t0 t1 t2 t3 t4 t5 t6 ')
    expect(await stop(asked.generationId)).toMatchObject({ state: 'failed', tokensWritten: 7 })
    expect(await storedAnswer(app.baseUrl, asked)).toEqual(answer)
  })

  test('P4: comes from a second tab as well, and the first one reads the same end', async () => {
    const { asked, ended } = await askUntil(LONG, text)
    const second = followToEnd(app.baseUrl, asked.generationId)
    expect((await stop(asked.generationId)).state).toBe('cancelled')
    const [first, other] = await Promise.all([ended, second])
    expect(first.answer.status).toBe('cancelled')
    expect(other.frames).toEqual(first.frames)
  })

  test('P4: asked for twenty times at once it is one stop, and all get the same receipt', async () => {
    const { asked, ended } = await askUntil(LONG, text)
    const receipts = await Promise.all(Array.from({ length: 20 }, () => stop(asked.generationId)))
    expect(new Set(receipts.map((receipt) => JSON.stringify(receipt))).size).toBe(1)
    expect((await ended).frames.filter(({ event }) => event.type === 'end')).toHaveLength(1)
    expect(await stop(asked.generationId)).toEqual(receipts[0])
  })
})

describe('a stop before the first token', () => {
  test('P4: while the provider has been asked and says nothing, closes the connection', async () => {
    const { asked, ended } = await askUntil('openai/silent', connecting)
    await vi.waitFor(() => expect(upstream.openRequests()).toBe(1))
    const receipt = await stop(asked.generationId)
    expect(receipt).toMatchObject({ state: 'cancelled', upstreamClosedAt: expect.any(String), tokensWritten: 0 })
    await vi.waitFor(() => expect(upstream.openRequests()).toBe(0), { timeout: CLOSE_CAP_MS })
    expect((await ended).answer).toMatchObject({ status: 'cancelled', parts: [] })
  })

  test('P4: while the demo model has not begun', async () => {
    const { asked, ended } = await askUntil(SILENT, connecting)
    const receipt = await stop(asked.generationId)
    expect(receipt).toMatchObject({ state: 'cancelled', tokensWritten: 0, tokensBilled: { outputTokens: 0 } })
    expect((await ended).answer.parts).toEqual([])
  })

  test('P4: as soon as the send was answered, whatever state it is in', async () => {
    for (let round = 0; round < 10; round++) {
      const asked = await ask(app.baseUrl, 'go', LONG)
      expect(await stop(asked.generationId)).toMatchObject({ state: 'cancelled' })
      expect((await followToEnd(app.baseUrl, asked.generationId)).answer.status).toBe('cancelled')
    }
  })

  test('P4: in the countdown after a refusal, ends it at once, and nobody is asked again', async () => {
    const { asked, ended } = await askUntil(REFUSED, waiting)
    await reach(asked.generationId, 'waiting')
    const receipt = await withoutWorkers(() => stop(asked.generationId))
    expect(receipt).toMatchObject({ state: 'cancelled', tokensWritten: 0, tokensBilled: null })
    const { frames } = await ended
    expect(frames.filter(connecting)).toHaveLength(1)
    expect(await stop(asked.generationId)).toEqual(receipt)
  })

  test('P4: while it is queued, ends it without asking anyone; stopping all ends the rest', async () => {
    const long = await Promise.all(Array.from({ length: RUNNING }, () => askUntil(SILENT, connecting)))
    const questions = () => upstream.requests.filter(({ method }) => method === 'POST').length
    const before = questions()
    const queued = await Promise.all([1, 2, 3].map(() => ask(app.baseUrl, 'go', 'openai/endless')))
    expect(await stateOf(queued[0]!.generationId)).toBe('queued')
    const receipt = await withoutWorkers(() => stop(queued[0]!.generationId))
    expect(receipt).toMatchObject({ state: 'cancelled', upstreamClosedAt: null })
    const { receipts } = await post<CancelReceipts>(`${app.baseUrl}/api/v1/generations/cancel-all`, {})
    const rest = [...long.map(({ asked }) => asked), ...queued.slice(1)].map(({ generationId }) => generationId)
    expect(Object.keys(receipts).toSorted()).toEqual(rest.toSorted())
    expect(new Set(Object.values(receipts).map(({ state }) => state))).toEqual(new Set(['cancelled']))
    expect(questions()).toBe(before)
    for (const { ended } of long) expect((await ended).answer.status).toBe('cancelled')
  })
})

test('P4: a stop that races with the end has one outcome, and every receipt tells that one', async () => {
  const outcomes = new Set<string>()
  for (let round = 0; round < 24; round++) {
    // From the first token on to the last, which the end follows at once.
    const token = `t${round % 4} `
    const { asked, ended } = await askUntil(
      'demo/script;tokens=4;delay=5',
      ({ event }) => event.type === 'text-delta' && event.text.includes(token),
    )
    const receipt = await stop(asked.generationId)
    const { answer } = await ended
    expectTold(receipt, answer)
    expect(await stateOf(asked.generationId)).toBe(answer.status)
    expect(await stop(asked.generationId)).toEqual(receipt)
    outcomes.add(answer.status)
  }
  for (const outcome of outcomes) expect(['completed', 'cancelled']).toContain(outcome)
})

function expectTold(receipt: CancelReceipt, { status, upstreamClosedAt, metrics }: Answer): void {
  expect(receipt).toMatchObject({
    state: status,
    upstreamClosedAt: upstreamClosedAt === undefined ? null : new Date(upstreamClosedAt).toISOString(),
    tokensWritten: metrics.pieces ?? 0,
    tokensBilled: metrics.usage ?? null,
  })
}
