import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startApi, type Api } from '../app/start-api.ts'

const WARM_UP = 1_500
const ATTACHES = 10_000
const CONCURRENT = 50
/** A follower, its sink and its stream are more than ten times that; what is left over is what V8 keeps for itself. */
const MAX_BYTES_PER_ATTACH = 100
/** Only a busy machine uses it up. */
const TIMEOUT_MS = 360_000

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

let api: Api
beforeAll(async () => {
  api = await startApi({ limits: { maxOpenStreams: 1_000, requestsPerMinute: 1_000_000 } })
})
afterAll(() => api.close())

test(
  'P26: after 10,000 readers that came and went, heap, handles and file descriptors are as before',
  { timeout: TIMEOUT_MS },
  async () => {
    const running = await api.ask()
    const writer = await api.work(running.generationId)
    await writer.write(3)
    const queued = await api.ask()
    const paths = [
      `/api/v1/generations/${running.generationId}/events`,
      `/api/v1/generations/${running.generationId}/events?after=1-2`,
      `/api/v1/generations/${queued.generationId}/events`,
    ]
    const atRest = { fileDescriptors: openFileDescriptors() }
    await comeAndGo(paths, WARM_UP)
    const before = await measure(atRest)
    await comeAndGo(paths, ATTACHES)
    const after = await measure(atRest)
    expect(after.handles).toBeLessThanOrEqual(before.handles)
    expect((after.heapBytes - before.heapBytes) / ATTACHES).toBeLessThan(MAX_BYTES_PER_ATTACH)
  },
)

/** Readers that leave as soon as they have got something; some say good-bye, others are gone. */
async function comeAndGo(paths: readonly string[], count: number): Promise<void> {
  let next = 0
  const readers = Array.from({ length: CONCURRENT }, async () => {
    while (next++ < count) await attach(paths[next % paths.length] ?? '', next % 2 === 0)
  })
  await Promise.all(readers)
}

function attach(path: string, abruptly: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(api.port, '127.0.0.1')
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    socket.on('error', reject)
    socket.on('close', () => resolve())
    socket.once('data', (chunk: Buffer) => {
      if (!chunk.toString('latin1').startsWith('HTTP/1.1 200')) reject(new Error(chunk.toString('latin1')))
      if (abruptly) socket.resetAndDestroy()
      else socket.end(() => socket.destroy())
    })
  })
}

/** Waits until no more descriptors are open than at rest: the server hears of the last readers a moment later. */
async function measure(atRest: { fileDescriptors: number }): Promise<{ heapBytes: number; handles: number }> {
  const { fileDescriptors } = atRest
  await vi.waitFor(() => expect(openFileDescriptors()).toBeLessThanOrEqual(fileDescriptors), { timeout: 30_000 })
  await delay(300)
  for (let round = 0; round < 4; round++) {
    collectGarbage()
    await delay(20)
  }
  return { heapBytes: process.memoryUsage().heapUsed, handles: process.getActiveResourcesInfo().length }
}

function openFileDescriptors(): number {
  return readdirSync('/proc/self/fd').length
}
