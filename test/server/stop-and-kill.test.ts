import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { createMillraceClient, type MillraceClient } from '#client/create-millrace-client.ts'
import type { Answer } from '#protocol/messages.ts'
import { plainText } from '#protocol/messages.ts'
import { openRawStream } from '#test/app/raw-stream.ts'
import { ask, followToEnd, storedAnswer, type Frame } from '../app/chat.ts'
import { startApp, type App } from '../app/start-app.ts'

const TIMEOUT_MS = 180_000
const LONG = 'demo/script;tokens=100000;delay=20'
/** Has nothing to write after its tenth token: a worker that is frozen then holds no lock. */
const PAUSING = 'demo/script;tokens=20;delay=20;stall=600000@10'
const GRACE_MS = 1_500

let app: App
/** As the page does: it asks again when no reply came. */
let client: MillraceClient

beforeAll(async () => {
  app = await startApp({ env: { ALLOW_UNLISTED_MODELS: '1', DISCONNECT_GRACE_MS: String(GRACE_MS) } })
  client = createMillraceClient({ baseUrl: app.baseUrl, fetch, backoff: { firstMs: 300, mostMs: 2_000 } })
})
afterEach(() => client.cancelAll())
afterAll(() => app?.stop())

/** Asks, follows, and resolves once this token of this attempt has been read. */
async function askUntil(token: string, { inAttempt = 1, model = LONG, onFrame = (_frame: Frame) => {} } = {}) {
  const asked = await ask(app.baseUrl, 'count', model)
  const { promise: seen, resolve } = Promise.withResolvers<void>()
  let attempt = 0
  const ended = followToEnd(app.baseUrl, asked.generationId, (frame) => {
    onFrame(frame)
    if (frame.event.type === 'attempt-start') attempt = frame.event.attempt
    if (attempt === inAttempt && frame.event.type === 'text-delta' && frame.event.text.includes(token)) resolve()
  })
  await seen
  return { asked, ended }
}

function killWorkers(): void {
  expect(app.workerPids().length).toBeGreaterThan(0)
  for (const pid of app.workerPids()) process.kill(pid, 'SIGKILL')
}

function killApi(): void {
  process.kill(app.apiPid(), 'SIGKILL')
}

/** Everything that any attempt had shown. */
function everyText(answer: Answer): string {
  return [...answer.superseded, answer].map(({ parts }) => plainText(parts)).join('')
}

const ends = (frames: readonly Frame[]) => frames.filter(({ event }) => event.type === 'end')

test(
  'P4: a stop while the worker is being killed ends it, and keeps what was shown',
  { timeout: TIMEOUT_MS },
  async () => {
    const { asked, ended } = await askUntil('t9 ')
    killWorkers()
    await client.cancel(asked.generationId)
    const { answer, frames } = await ended
    expect(answer).toMatchObject({ status: 'cancelled', cancelledBy: 'user' })
    expect(ends(frames)).toHaveLength(1)
    expect(everyText(answer)).toContain('t0 t1 t2 t3 t4 t5 t6 t7 t8 t9 ')
    expect(await storedAnswer(app.baseUrl, asked)).toEqual(answer)
  },
)

test(
  'P4: a stop that finds its worker dead and nobody to recover it is honoured as soon as somebody does: cancel beats recovery',
  { timeout: TIMEOUT_MS },
  async () => {
    const { asked, ended } = await askUntil('t9 ')
    process.kill(app.supervisorPid, 'SIGSTOP')
    let first
    try {
      killWorkers()
      first = await client.cancel(asked.generationId)
    } finally {
      process.kill(app.supervisorPid, 'SIGCONT')
    }
    expect(first).toMatchObject({ state: 'running', upstreamClosedAt: null, tokensBilled: null })
    expect(first.tokensWritten).toBeGreaterThanOrEqual(10)
    const { answer, frames } = await ended
    expect(answer).toMatchObject({ status: 'cancelled', attempt: 1, superseded: [] })
    expect(frames.filter(({ event }) => event.type === 'attempt-start')).toHaveLength(1)
    expect(await client.cancel(asked.generationId)).toEqual({ ...first, state: 'cancelled' })
  },
)

test(
  'P4: a worker that hangs for a while lets the model go later, and then the log and the receipt say when',
  { timeout: TIMEOUT_MS },
  async () => {
    const { asked, ended } = await askUntil('t9 ', { model: PAUSING })
    const [worker = 0] = app.workerPids()
    process.kill(worker, 'SIGSTOP')
    let first
    try {
      first = await client.cancel(asked.generationId)
    } finally {
      process.kill(worker, 'SIGCONT')
    }
    expect(first).toMatchObject({ state: 'running', upstreamClosedAt: null })
    const { answer } = await ended
    expect(answer).toMatchObject({ status: 'cancelled', attempt: 1, upstreamClosedAt: expect.any(Number) })
    const second = await client.cancel(asked.generationId)
    expect(second).toMatchObject({ state: 'cancelled', acceptedAt: first.acceptedAt })
    expect(Date.parse(second.upstreamClosedAt ?? '')).toBe(answer.upstreamClosedAt)
  },
)

test('P4: a stop reaches the worker of a last attempt, which runs alone', { timeout: TIMEOUT_MS }, async () => {
  const kills = new Set([1, 2])
  let attempt = 0
  const onFrame = ({ event }: Frame) => {
    if (event.type === 'attempt-start') attempt = event.attempt
    if (event.type === 'text-delta' && event.text.includes('t3 ') && kills.delete(attempt)) killWorkers()
  }
  const { asked, ended } = await askUntil('t9 ', { inAttempt: 3, onFrame })
  const receipt = await client.cancel(asked.generationId)
  expect(receipt).toMatchObject({ state: 'cancelled', upstreamClosedAt: expect.any(String) })
  expect((await ended).answer).toMatchObject({ status: 'cancelled', attempt: 3 })
})

test(
  'P4: a stop while the API is killed and started again arrives, whether or not the first one did',
  { timeout: TIMEOUT_MS },
  async () => {
    const { asked, ended } = await askUntil('t9 ')
    const receipt = client.cancel(asked.generationId)
    killApi()
    expect(await receipt).toMatchObject({ state: 'cancelled', upstreamClosedAt: expect.any(String) })
    const { answer, frames } = await ended
    expect(answer).toMatchObject({ status: 'cancelled', attempt: 1, superseded: [] })
    expect(ends(frames)).toHaveLength(1)
    expect(await client.cancel(asked.generationId)).toEqual(await receipt)
  },
)

test(
  'a reader who wished it takes the model along, also when the API dies with the connection',
  { timeout: TIMEOUT_MS },
  async () => {
    const left = await sendAndFollow('stop')
    const detached = await sendAndFollow('continue')
    const followed = await sendAndFollow('stop')
    killApi()
    await Promise.all([left, detached, followed].map(({ stream }) => stream.closed))
    const still = followToEnd(app.baseUrl, followed.generationId)
    const { answer } = await endOf(left.generationId)
    expect(answer).toMatchObject({ status: 'cancelled', cancelledBy: 'disconnect', attempt: 1 })
    expect(answer.upstreamClosedAt).toBeTypeOf('number')
    for (const { generationId } of [detached, followed])
      expect((await client.cancel(generationId)).state).toBe('cancelled')
    expect((await still).answer.cancelledBy).toBe('user')
    expect((await endOf(detached.generationId)).answer.cancelledBy).toBe('user')
  },
)

async function sendAndFollow(wish: string) {
  const { id } = await vi.waitFor(() => client.createConversation({}), { timeout: 30_000 })
  const body = JSON.stringify({ parts: [{ type: 'text', text: 'count' }], model: LONG })
  const stream = openRawStream(Number(new URL(app.baseUrl).port), `/api/v1/conversations/${id}/messages`, {
    method: 'POST',
    headers: {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'x-on-disconnect': wish,
    },
    body,
  })
  await stream.until('t9 ')
  return { stream, generationId: /"generationId":"([^"]+)"/.exec(stream.body())?.[1] ?? '' }
}

/** Looks now and then instead of following, which would keep it. */
async function endOf(generationId: string) {
  await vi.waitFor(
    async () => {
      const { status } = (await (await fetch(`${app.baseUrl}/api/v1/generations/${generationId}`)).json()) as Answer
      expect(status).toBe('cancelled')
    },
    { timeout: 60_000, interval: 100 },
  )
  return followToEnd(app.baseUrl, generationId)
}
