import { expect, test, vi } from 'vitest'
import { plainText } from '#protocol/messages.ts'
import { ask, followToEnd, storedAnswer } from '../app/chat.ts'
import { startApp } from '../app/start-app.ts'

const TIMEOUT_MS = 180_000
const SETTINGS = { env: { ALLOW_UNLISTED_MODELS: '1' } }
const SCRIPT = 'demo/script;tokens=60;delay=25'

function numbered(count: number): string {
  return Array.from({ length: count }, (_, index) => `t${index}`).join(' ')
}

test(
  'P7: a worker killed in the middle of an answer is replaced, and attempt 2 tells the whole answer',
  { timeout: TIMEOUT_MS },
  async () => {
    await using app = await startApp(SETTINGS)
    const asked = await ask(app.baseUrl, 'count', SCRIPT)
    let killed = false
    const { answer, frames } = await followToEnd(app.baseUrl, asked.generationId, ({ event }) => {
      if (!killed && event.type === 'text-delta' && event.text.includes('t9')) {
        killed = true
        for (const pid of app.workerPids()) process.kill(pid, 'SIGKILL')
      }
    })
    expect(killed).toBe(true)
    expect(answer).toMatchObject({ status: 'completed', attempt: 2 })
    expect(plainText(answer.parts).trim()).toBe(numbered(60))
    expect(answer.superseded).toHaveLength(1)
    expect(numbered(60)).toContain(plainText(answer.superseded[0]!.parts).trim())
    expect(frames.map(({ id }) => Number(id.split('-')[1]))).toEqual(frames.map((_, index) => index + 1))
    await vi.waitFor(async () => expect(await storedAnswer(app.baseUrl, asked)).toEqual(answer), { timeout: 15_000 })
  },
)

test(
  'P7: when the API is killed the worker writes on, and the reader comes back to the same attempt',
  { timeout: TIMEOUT_MS },
  async () => {
    await using app = await startApp(SETTINGS)
    const asked = await ask(app.baseUrl, 'count', SCRIPT)
    const workers = app.workerPids()
    const api = app.apiPid()
    let killed = false
    const { answer, frames } = await followToEnd(app.baseUrl, asked.generationId, ({ event }) => {
      if (!killed && event.type === 'text-delta' && event.text.includes('t9')) {
        killed = true
        process.kill(api, 'SIGKILL')
      }
    })
    expect(killed).toBe(true)
    expect(app.apiPid()).not.toBe(api)
    expect(app.workerPids()).toEqual(workers)
    expect(answer).toMatchObject({ status: 'completed', attempt: 1, superseded: [] })
    expect(plainText(answer.parts).trim()).toBe(numbered(60))
    expect(new Set(frames.map(({ id }) => id)).size).toBe(frames.length)
  },
)

test('P6: when everything is killed at once, the next start finishes the answer', { timeout: TIMEOUT_MS }, async () => {
  const first = await startApp(SETTINGS)
  const asked = await ask(first.baseUrl, 'count', SCRIPT)
  await vi.waitFor(async () => expect(await seen(first.baseUrl, asked.generationId)).toContain('t5'), {
    timeout: 30_000,
  })
  const pids = [first.supervisorPid, first.apiPid(), ...first.workerPids()]
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  await using second = await startApp({ ...SETTINGS, dataDir: first.dataDir })
  const { answer } = await followToEnd(second.baseUrl, asked.generationId)
  expect(answer).toMatchObject({ status: 'completed', attempt: 2 })
  expect(plainText(answer.parts).trim()).toBe(numbered(60))
  await first.stop()
})

test('an API that is told to end is replaced', { timeout: TIMEOUT_MS }, async () => {
  await using app = await startApp(SETTINGS)
  const api = app.apiPid()
  process.kill(api, 'SIGTERM')
  await vi.waitFor(() => expect(app.apiPid()).not.toBe(api), { timeout: 30_000 })
  await vi.waitFor(async () => expect((await fetch(`${app.baseUrl}/api/v1/health/ready`)).status).toBe(200), {
    timeout: 30_000,
  })
})

test('the children of a killed supervisor end by themselves', { timeout: TIMEOUT_MS }, async () => {
  await using app = await startApp(SETTINGS)
  const children = [app.apiPid(), ...app.workerPids()]
  process.kill(app.supervisorPid, 'SIGKILL')
  await vi.waitFor(() => expect(children.filter(isAlive)).toEqual([]), { timeout: 15_000 })
})

test(
  'SIGTERM hands an unfinished answer over, and the next start finishes it without counting a loss',
  { timeout: TIMEOUT_MS },
  async () => {
    const first = await startApp(SETTINGS)
    const asked = await ask(first.baseUrl, 'count', 'demo/script;tokens=240;delay=25')
    await vi.waitFor(async () => expect(await seen(first.baseUrl, asked.generationId)).toContain('t5'), {
      timeout: 30_000,
    })
    process.kill(first.supervisorPid, 'SIGTERM')
    process.kill(first.supervisorPid, 'SIGTERM')
    await vi.waitFor(() => expect(isAlive(first.supervisorPid)).toBe(false), { timeout: 30_000 })
    await using second = await startApp({ ...SETTINGS, dataDir: first.dataDir })
    const { answer, frames } = await followToEnd(second.baseUrl, asked.generationId)
    const starts = frames.flatMap(({ event }) => (event.type === 'attempt-start' ? [event.reason] : []))
    expect(starts).toEqual(['first', 'drained'])
    expect(answer.status).toBe('completed')
    await first.stop()
  },
)

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** What the log holds right now, as text; the stream is left as soon as it falls silent. */
async function seen(baseUrl: string, generationId: string): Promise<string> {
  const response = await fetch(`${baseUrl}/api/v1/generations/${generationId}/events`, {
    signal: AbortSignal.timeout(300),
  })
  let text = ''
  const decoder = new TextDecoder()
  try {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true })
  } catch {
    // Left on purpose.
  }
  return text
}
