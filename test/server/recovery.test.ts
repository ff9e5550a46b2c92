import { setTimeout as delay } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { plainText } from '#protocol/messages.ts'
import { ask, followToEnd, type Frame } from '../app/chat.ts'
import { processorTicks } from '../app/process-tree.ts'
import { startApp } from '../app/start-app.ts'

const TIMEOUT_MS = 180_000
const SETTINGS = { env: { ALLOW_UNLISTED_MODELS: '1' } }

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `t${index}`).join(' ')

/** Kills every worker as soon as each of these attempts has written a few tokens. */
function killing(attempts: readonly number[], pids: () => number[]): (frame: Frame) => void {
  let attempt = 0
  const left = new Set(attempts)
  return ({ event }) => {
    if (event.type === 'attempt-start') attempt = event.attempt
    if (event.type !== 'text-delta' || !event.text.includes('t9 ') || !left.delete(attempt)) return
    expect(pids().length).toBeGreaterThan(0)
    for (const pid of pids()) process.kill(pid, 'SIGKILL')
  }
}

test(
  'P7: what its provider can resume goes on where the log ends when its worker is killed',
  { timeout: TIMEOUT_MS },
  async () => {
    await using app = await startApp(SETTINGS)
    const asked = await ask(app.baseUrl, 'count', 'demo/script;tokens=60;delay=25;handle=1')
    const kill = killing([1, 2], () => app.workerPids())
    const { answer, frames } = await followToEnd(app.baseUrl, asked.generationId, kill)
    expect(answer).toMatchObject({ status: 'completed', attemptReason: 'resumed', superseded: [] })
    expect(plainText(answer.parts).trim()).toBe(numbered(60))
    expect(frames.map(({ id }) => Number(id.split('-')[1]))).toEqual(frames.map((_, index) => index + 1))
  },
)

/** Fails while a process still uses its processor, as one does that starts. */
async function cameToRest(pid: number): Promise<void> {
  const before = processorTicks(pid)
  await delay(400)
  expect(processorTicks(pid) - before).toBeLessThan(3)
  expect(before).toBeGreaterThan(10)
}

test(
  'P7: a worker that stands by takes over at once, and another stands by after it',
  { timeout: TIMEOUT_MS },
  async () => {
    await using app = await startApp({ env: { ...SETTINGS.env, SPARE_WORKER: '1' } })
    await vi.waitFor(() => expect(app.standbyPids()).toHaveLength(1), { timeout: 30_000 })
    const [spare = 0] = app.standbyPids()
    await vi.waitFor(() => cameToRest(spare), { timeout: 45_000, interval: 100 })
    const [first] = app.workerPids().filter((pid) => pid !== spare)
    const asked = await ask(app.baseUrl, 'count', 'demo/script;tokens=160;delay=25')
    const kill = killing([1], () => [first ?? 0])
    const { answer } = await followToEnd(app.baseUrl, asked.generationId, kill)
    expect(answer).toMatchObject({ status: 'completed', attempt: 2, attemptReason: 'worker-lost' })
    expect(plainText(answer.parts).trim()).toBe(numbered(160))
    expect(app.workerPids()).not.toContain(first)
    // No other was started to take over: it, and the one that stands by now, are all there are.
    await vi.waitFor(() => expect(app.workerPids()).toHaveLength(2), { timeout: 30_000 })
    expect(app.standbyPids()).toContain(spare)
    expect(app.standbyPids()).toHaveLength(2)
  },
)

test(
  'P6: the third attempt runs alone in its worker, and takes no neighbour along when that dies too',
  { timeout: TIMEOUT_MS },
  async () => {
    await using app = await startApp(SETTINGS)
    const suspect = await ask(app.baseUrl, 'count', 'demo/script;tokens=120;delay=25')
    let shared: number[] = []
    let neighbour: ReturnType<typeof followToEnd> | undefined
    const killShared = killing([1, 2], () => app.workerPids())
    const killAlone = killing([3], () => app.lonePids())
    const { answer } = await followToEnd(app.baseUrl, suspect.generationId, (frame) => {
      killShared(frame)
      killAlone(frame)
      if (neighbour || frame.event.type !== 'attempt-start' || frame.event.attempt !== 3) return
      shared = app.workerPids().filter((pid) => !app.lonePids().includes(pid))
      neighbour = ask(app.baseUrl, 'count', 'demo/script;tokens=100;delay=25').then(({ generationId }) =>
        followToEnd(app.baseUrl, generationId),
      )
    })
    expect(answer).toMatchObject({ status: 'failed', attempt: 3, error: { kind: 'worker-lost' } })
    expect(plainText(answer.parts).trim().length).toBeGreaterThan(20)
    expect(numbered(120)).toContain(plainText(answer.parts).trim())
    expect((await neighbour)?.answer).toMatchObject({ status: 'completed', attempt: 1 })
    expect(app.workerPids()).toEqual(shared)
    await vi.waitFor(() => expect(app.lonePids()).toEqual([]), { timeout: 15_000 })
  },
)

test(
  'P6: an answer whose worker was killed twice by something else completes on its lone attempt',
  { timeout: TIMEOUT_MS },
  async () => {
    await using app = await startApp(SETTINGS)
    const asked = await ask(app.baseUrl, 'count', 'demo/script;tokens=40;delay=25')
    const { answer } = await followToEnd(
      app.baseUrl,
      asked.generationId,
      killing([1, 2], () => app.workerPids()),
    )
    expect(answer).toMatchObject({ status: 'completed', attempt: 3 })
    expect(plainText(answer.parts).trim()).toBe(numbered(40))
  },
)
