import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test, vi } from 'vitest'
import { Problem } from '#protocol/api/problem.ts'
import { plainText } from '#protocol/messages.ts'
import { ask, followToEnd, storedAnswer, type Asked } from '../app/chat.ts'
import { canLimitFileSize, limitFileSize } from '../app/file-size-limit.ts'
import { startApp, type App } from '../app/start-app.ts'

const MAIN = fileURLToPath(new URL('../../server/main.ts', import.meta.url))
const TOKENS = 100
const SCRIPT = `demo/script;tokens=${TOKENS};delay=25`
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `t${index} `).join('')

// In CI a machine without `prlimit` fails here instead of passing quietly.
describe.skipIf(!canLimitFileSize && !process.env.CI)('a disk without room (needs prlimit)', () => {
  test(
    'in the middle of answers: sends are refused in words, Stop stops, and every answer goes on by itself afterwards',
    { timeout: 180_000 },
    async () => {
      await using app = await startApp({ env: { ALLOW_UNLISTED_MODELS: '1', WORKERS: '2' } })
      const stopped = await ask(app.baseUrl, 'count', 'demo/script;tokens=1000;delay=25')
      const others = await Promise.all(Array.from({ length: 12 }, () => ask(app.baseUrl, 'count', SCRIPT)))
      const asked = [stopped, ...others]
      const following = asked.map(({ generationId }) => followToEnd(app.baseUrl, generationId))
      await vi.waitFor(async () => expect(await textSoFar(app, stopped)).toContain('t10 '), { timeout: 30_000 })
      const processes = pidsOf(app)

      for (const pid of processes) limitFileSize(pid, 'nothing')
      const refused = await send(app, stopped.conversationId)
      expect(Problem.parse(await refused.json())).toMatchObject({ status: 503, code: 'storage-failed' })
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(await readiness(app)).toMatchObject({ status: 503, code: 'storage-failed' })
      expect((await fetch(`${app.baseUrl}/api/v1/health/live`)).status).toBe(200)
      expect(await textSoFar(app, others[0]!)).toContain('t10 ')

      const cancelledAt = Date.now()
      const cancel = await fetch(`${app.baseUrl}/api/v1/generations/${stopped.generationId}/cancel`, { method: 'POST' })
      expect([cancel.status, Problem.parse(await cancel.json()).code]).toEqual([503, 'storage-failed'])
      // By now the model has said everything that it had to say.
      await new Promise((resolve) => setTimeout(resolve, TOKENS * 25))
      const liftedAt = Date.now()
      for (const pid of processes) limitFileSize(pid, 'unlimited')

      const [first, ...rest] = await Promise.all(following)
      expect(first?.answer).toMatchObject({ status: 'cancelled', attempt: 1, superseded: [] })
      expect(numbered(1_000).startsWith(plainText(first!.answer.parts))).toBe(true)
      expect(first?.answer.upstreamClosedAt).toBeGreaterThanOrEqual(cancelledAt)
      expect(first?.answer.upstreamClosedAt).toBeLessThan(Math.min(cancelledAt + 1_000, liftedAt))
      for (const { answer, frames } of rest) {
        expect(answer).toMatchObject({ status: 'completed', attempt: 1, superseded: [] })
        expect(plainText(answer.parts)).toBe(numbered(TOKENS))
        expect(frames.map(({ id }) => Number(id.split('-')[1]))).toEqual(frames.map((_, index) => index + 1))
      }
      await vi.waitFor(async () => expect(await readiness(app)).toEqual({ status: 'ok' }), { timeout: 30_000 })
      for (const [index, one] of asked.entries()) {
        const told = (await following[index]!).answer
        await vi.waitFor(async () => expect(await storedAnswer(app.baseUrl, one)).toEqual(told), { timeout: 15_000 })
      }
      expect(pidsOf(app)).toEqual(processes)
      // Once for each process and not for each try.
      expect(app.output().match(/cannot be written/g)?.length).toBeLessThanOrEqual(4)
      expect(integrityOf(app)).toBe('ok')
    },
  )

  test(
    'at the start is said in one line; an API that is replaced meanwhile serves what can be read',
    { timeout: 180_000 },
    async () => {
      const dataDir = mkdtempSync(join(tmpdir(), 'millrace-'))
      const oneLine = { status: 1, lines: [expect.stringContaining('its disk is full')] }
      try {
        expect(startWithoutRoom(dataDir)).toEqual(oneLine)
        const app = await startApp({ dataDir, env: { ALLOW_UNLISTED_MODELS: '1' } })
        const asked = await ask(app.baseUrl, 'count', 'demo/script;tokens=5;delay=0')
        const { answer } = await followToEnd(app.baseUrl, asked.generationId)
        for (const pid of pidsOf(app)) limitFileSize(pid, 'nothing')
        process.kill(app.apiPid(), 'SIGKILL')
        // The replacement has the limit from the supervisor.
        await vi.waitFor(async () => expect(await storedAnswer(app.baseUrl, asked)).toEqual(answer), {
          timeout: 45_000,
        })
        expect(await readiness(app)).toMatchObject({ status: 503, code: 'storage-failed' })
        for (const pid of pidsOf(app)) limitFileSize(pid, 'unlimited')
        await vi.waitFor(async () => expect(await readiness(app)).toEqual({ status: 'ok' }), { timeout: 30_000 })
        await app.stop()
        expect(startWithoutRoom(dataDir)).toEqual(oneLine)
      } finally {
        rmSync(dataDir, { recursive: true, force: true })
      }
    },
  )
})

function pidsOf(app: App): number[] {
  return [app.supervisorPid, app.apiPid(), ...app.workerPids()]
}

function send(app: App, conversationId: string): Promise<Response> {
  return fetch(`${app.baseUrl}/api/v1/conversations/${conversationId}/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ parts: [{ type: 'text', text: 'hello' }], model: 'demo/chat' }),
  })
}

async function readiness(app: App): Promise<unknown> {
  return (await fetch(`${app.baseUrl}/api/v1/health/ready`)).json()
}

/** The text of the events that the log holds now. */
async function textSoFar(app: App, { generationId }: Asked): Promise<string> {
  const response = await fetch(`${app.baseUrl}/api/v1/generations/${generationId}/events`, {
    signal: AbortSignal.timeout(200),
  })
  let stream = ''
  const decoder = new TextDecoder()
  try {
    for await (const chunk of response.body ?? []) stream += decoder.decode(chunk, { stream: true })
  } catch {
    // Left on purpose.
  }
  return [...stream.matchAll(/"text-delta".*?"text":"([^"]*)"/g)].map((match) => match[1]).join('')
}

function integrityOf(app: App): unknown {
  const database = new DatabaseSync(join(app.dataDir, 'millrace.db'), { readOnly: true })
  const result = database.prepare('PRAGMA integrity_check').get()?.['integrity_check']
  database.close()
  return result
}

function startWithoutRoom(dataDir: string): { status: number | null; lines: string[] } {
  const { status, stdout, stderr } = spawnSync('prlimit', ['--fsize=0:', process.execPath, MAIN, 'all'], {
    cwd: dataDir,
    encoding: 'utf8',
    timeout: 60_000,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT: '0', DATA_DIR: dataDir },
  })
  return { status, lines: `${stdout}${stderr}`.trim().split('\n') }
}
