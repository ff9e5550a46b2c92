import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { plainText } from '#protocol/messages.ts'
import { ask, followToEnd, storedAnswer } from '../app/chat.ts'
import { holdDatabase } from '../app/hold-database.ts'
import { startApp } from '../app/start-app.ts'

const TOKENS = 120
const SCRIPT = `demo/script;tokens=${TOKENS};delay=25`
const WHOLE = Array.from({ length: TOKENS }, (_, index) => `t${index}`).join(' ')
/** Longer than a lease. */
const HELD_MS = 12_000

test(
  'a database that another program locks for longer than a lease: reads go on, sends say so, no answer is restarted',
  { timeout: 180_000 },
  async () => {
    await using app = await startApp({ env: { ALLOW_UNLISTED_MODELS: '1', WORKERS: '2' } })
    const done = await ask(app.baseUrl, 'count', 'demo/script;tokens=3;delay=0')
    await followToEnd(app.baseUrl, done.generationId)
    const stopped = await ask(app.baseUrl, 'count', 'demo/script;tokens=1000;delay=25')
    const others = await Promise.all(Array.from({ length: 10 }, () => ask(app.baseUrl, 'count', SCRIPT)))
    let written = 0
    const following = [stopped, ...others].map(({ generationId }) =>
      followToEnd(app.baseUrl, generationId, () => void written++),
    )
    await vi.waitFor(() => expect(written).toBeGreaterThan(100), { timeout: 30_000 })
    const workers = app.workerPids()

    const holder = await holdDatabase(join(app.dataDir, 'millrace.db'))
    const heldSince = performance.now()
    const sending = fetch(`${app.baseUrl}/api/v1/conversations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    const stoppedAt = Date.now()
    const stopping = stop(app.baseUrl, stopped.generationId)
    const readSince = performance.now()
    expect(await storedAnswer(app.baseUrl, done)).toMatchObject({ status: 'completed' })
    expect(performance.now() - readSince).toBeLessThan(2_000)
    const ready = await fetch(`${app.baseUrl}/api/v1/health/ready`)
    expect([ready.status, await ready.json()]).toMatchObject([503, { code: 'storage-busy' }])
    const refused = await sending
    expect([refused.status, await refused.json()]).toMatchObject([503, { code: 'storage-busy' }])
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await stopping).status).toBe(503)
    await delay(HELD_MS - (performance.now() - heldSince))
    await holder.release()

    const [first, ...rest] = await Promise.all(following)
    expect(first?.answer).toMatchObject({ status: 'cancelled', attempt: 1 })
    // The wish could not be written down for as long as the lock was held, and did not wait for it.
    expect(first?.answer.upstreamClosedAt).toBeLessThan(stoppedAt + 2_000)
    for (const { answer, frames } of rest) {
      expect(answer).toMatchObject({ status: 'completed', attempt: 1, superseded: [] })
      expect(plainText(answer.parts).trim()).toBe(WHOLE)
      expect(frames.map(({ id }) => Number(id.split('-')[1]))).toEqual(frames.map((_, index) => index + 1))
    }
    expect(app.workerPids()).toEqual(workers)
    const green = async () => expect((await fetch(`${app.baseUrl}/api/v1/health/ready`)).status).toBe(200)
    await vi.waitFor(green, { timeout: 30_000 })
  },
)

test(
  'a server that starts while the database is locked serves what can be read, and goes on by itself',
  { timeout: 180_000 },
  async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'millrace-'))
    try {
      const first = await startApp({ dataDir })
      await first.stop()
      const holder = await holdDatabase(join(dataDir, 'millrace.db'))
      await using app = await startApp({ dataDir, env: { ALLOW_UNLISTED_MODELS: '1' } })
      const ready = await fetch(`${app.baseUrl}/api/v1/health/ready`)
      expect([ready.status, await ready.json()]).toMatchObject([503, { code: 'storage-busy' }])
      expect((await fetch(`${app.baseUrl}/api/v1/conversations`)).status).toBe(200)
      await holder.release()
      const asked = await ask(app.baseUrl, 'count', 'demo/script;tokens=3;delay=0')
      expect((await followToEnd(app.baseUrl, asked.generationId)).answer.status).toBe('completed')
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  },
)

function stop(baseUrl: string, generationId: string): Promise<Response> {
  return fetch(`${baseUrl}/api/v1/generations/${generationId}/cancel`, { method: 'POST' })
}
