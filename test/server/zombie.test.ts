import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { plainText } from '#protocol/messages.ts'
import { ask, followToEnd, type Frame } from '../app/chat.ts'
import { startApp, type App } from '../app/start-app.ts'

const TOKENS = 50
const DELAY_MS = 150

/**
 * Pauses a worker, but not while it holds the database's write lock: then nobody could take over, and what is to be shown
 * could not happen.
 */
async function pauseBetweenWrites(app: App, pid: number): Promise<void> {
  const database = new DatabaseSync(join(app.dataDir, 'millrace.db'), { timeout: 300 })
  for (;;) {
    process.kill(pid, 'SIGSTOP')
    try {
      database.exec('BEGIN IMMEDIATE')
      database.exec('ROLLBACK')
      database.close()
      return
    } catch {
      process.kill(pid, 'SIGCONT')
      await delay(20)
    }
  }
}

test(
  'P27: a worker that was paused past its lease wakes up and writes nothing into the attempt that replaced its own',
  { timeout: 270_000 },
  async () => {
    await using app = await startApp({ env: { ALLOW_UNLISTED_MODELS: '1', WORKERS: '2' } })
    const asked = await ask(app.baseUrl, 'count', `demo/script;tokens=${TOKENS};delay=${DELAY_MS}`)
    const frames: Frame[] = []
    const following = followToEnd(app.baseUrl, asked.generationId, (frame) => void frames.push(frame))
    const isWriting = async () => {
      const before = frames.length
      await delay(6 * DELAY_MS)
      return frames.length > before
    }
    await vi.waitFor(() => expect(frames.length).toBeGreaterThan(5), 10_000)
    const workers = app.workerPids()
    let owner = 0
    for (const pid of workers) {
      await pauseBetweenWrites(app, pid)
      if (await isWriting()) {
        process.kill(pid, 'SIGCONT')
      } else {
        owner = pid
        break
      }
    }
    expect(owner).toBeGreaterThan(0)
    const attempt = () => frames.findLast(({ event }) => event.type === 'attempt-start')?.event
    await vi.waitFor(() => expect(attempt()).toMatchObject({ attempt: 2, reason: 'worker-lost' }), 30_000)
    await vi.waitFor(() => expect(frames.at(-1)?.event.type).toBe('text-delta'), 5_000)
    const taken = frames.length
    process.kill(owner, 'SIGCONT')

    const { answer } = await following
    expect(frames.length).toBeGreaterThan(taken)
    expect(app.workerPids()).toEqual(workers)
    expect(answer).toMatchObject({ status: 'completed', attempt: 2, superseded: [{ attempt: 1 }] })
    expect(plainText(answer.parts)).toBe(Array.from({ length: TOKENS }, (_, index) => `t${index} `).join(''))
    const epochs = frames.map(({ id }) => Number(id.split('-')[0]))
    expect(epochs).toEqual(epochs.toSorted((one, other) => one - other))
    expect(frames.map(({ id }) => Number(id.split('-')[1]))).toEqual(frames.map((_, index) => index + 1))
  },
)
