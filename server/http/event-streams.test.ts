import { createServer, type Server } from 'node:http'
import { randomUUID } from 'node:crypto'
import type { AddressInfo, Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { LOG_START } from '#protocol/cursor.ts'
import type { EmbeddedBackend } from '#server/adapters/sql/embedded-backend.ts'
import { nativeDialect } from '#server/dialects/native.ts'
import type { StreamDialect } from '#server/dialects/stream-dialect.ts'
import { createLogTail, type SharedTail } from '#server/subscribe/log-tail.ts'
import { createQueueWatch } from '#server/subscribe/queue-watch.ts'
import { openBackend } from '#test/app/open-backend.ts'
import { openRawStream } from '#test/app/raw-stream.ts'
import { startApi } from '#test/app/start-api.ts'
import { createEventStreams, MAX_BACKLOG_BYTES, type EventStreams } from './event-streams.ts'

const logger = { error() {}, warn() {}, info() {} }

let backend: EmbeddedBackend
let tail: SharedTail
let streams: EventStreams
let server: Server
let port: number
let encodings: number
let sockets: Socket[]

const countingDialect: StreamDialect = {
  ...nativeDialect,
  encode(events) {
    encodings++
    return nativeDialect.encode(events)
  },
}

beforeAll(async () => {
  backend = await openBackend()
})
afterAll(() => backend.close())

beforeEach(async () => {
  encodings = 0
  sockets = []
  tail = createLogTail({ log: backend.log, logger })
  const queueWatch = createQueueWatch({ queue: backend.queue, logger })
  const attendance = { attend: () => () => {}, forget() {} }
  streams = createEventStreams({ tail, attendance, queueWatch, heartbeatMs: 60_000, maxOpen: 1_000 })
  server = createServer((request, response) => {
    const generationId = request.url?.slice(1) ?? ''
    streams.open(response, countingDialect, [{ generationId, after: LOG_START, queued: false }])
  })
  server.on('connection', (socket) => sockets.push(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterEach(async () => {
  streams.cutAll()
  await tail.close()
  await new Promise((resolve) => server.close(resolve))
})

async function openLog() {
  const generationId = randomUUID()
  await backend.log.open(generationId, 1)
  let seq = 0
  return {
    path: `/${generationId}`,
    async write(text: string, times = 1) {
      const events = Array.from({ length: times }, () => ({ type: 'text-delta', text, at: 1 }) as const)
      await backend.log.append(generationId, { epoch: 1, afterSeq: seq }, events)
      seq += times
    },
    async end() {
      await backend.log.append(generationId, { epoch: 1, afterSeq: seq++ }, [
        { type: 'end', status: 'completed', at: 2 },
      ])
    },
  }
}

function seqsIn(body: string): number[] {
  return [...body.matchAll(/^id: 1-(\d+)$/gm)].map((match) => Number(match[1]))
}

describe('event streams', () => {
  test('P29: a reader that does not read costs bounded memory and slows nobody; reading again, it gets the rest exactly', async () => {
    const log = await openLog()
    const slow = openRawStream(port, log.path)
    await slow.until('retry')
    slow.socket.pause()
    const fast = openRawStream(port, log.path)
    const text = 'x'.repeat(8_000)
    let highest = 0
    const count = 2_500
    for (let written = 0; written < count; written += 10) {
      await log.write(text, 10)
      highest = Math.max(highest, ...sockets.map((socket) => socket.writableLength))
    }
    await fast.until(`id: 1-${count}\n`)
    // It was stuck: the kernel's buffers took some of the 20 MB, ours a little, the log keeps the rest.
    const stuck = sockets[0]?.writableLength ?? 0
    expect(stuck).toBeGreaterThan(MAX_BACKLOG_BYTES)
    expect(highest).toBeLessThan(MAX_BACKLOG_BYTES + 128 * 8_200)
    slow.socket.resume()
    await log.end()
    await Promise.all([slow.until('\r\n0\r\n\r\n'), fast.until('\r\n0\r\n\r\n')])
    const all = Array.from({ length: count + 1 }, (_, index) => index + 1)
    expect(seqsIn(slow.body())).toEqual(all)
    expect(seqsIn(fast.body())).toEqual(all)
    slow.socket.destroy()
    fast.socket.destroy()
  }, 30_000)

  test('events are encoded once however many follow', async () => {
    const log = await openLog()
    const readers = Array.from({ length: 50 }, () => openRawStream(port, log.path))
    await Promise.all(readers.map((reader) => reader.until('retry')))
    await expect.poll(() => tail.count().followers).toBe(50)
    for (let seq = 1; seq <= 10; seq++) {
      await log.write('word ')
      await Promise.all(readers.map((reader) => reader.until(`id: 1-${seq}\n`)))
    }
    expect(encodings).toBe(10)
    for (const reader of readers) reader.socket.destroy()
  })

  test('P26: readers that come and go leave no follower, stream or timer behind', async () => {
    const log = await openLog()
    await log.write('word ')
    for (let round = 0; round < 20; round++) {
      const readers = Array.from({ length: 20 }, () => openRawStream(port, log.path))
      await Promise.all(readers.map((reader) => reader.until('id: 1-1\n')))
      for (const reader of readers) reader.socket.destroy()
    }
    await expect.poll(() => streams.count()).toBe(0)
    expect(tail.count()).toEqual({ followers: 0, generations: 0 })
  })

  test('a stream whose client left before it was opened is not opened', async () => {
    const log = await openLog()
    await log.write('word ')
    const { promise: opened, resolve } = Promise.withResolvers<void>()
    server.removeAllListeners('request')
    server.on('request', (request, response) => {
      response.once('close', () => {
        const generation = { generationId: request.url?.slice(1) ?? '', after: LOG_START, queued: false }
        // As a route that was still looking something up meanwhile.
        setImmediate(() => {
          streams.open(response, countingDialect, [generation])
          resolve()
        })
      })
      request.socket.destroy()
    })
    openRawStream(port, log.path)
    await opened
    expect(streams.count()).toBe(0)
    expect(tail.count()).toEqual({ followers: 0, generations: 0 })
  })

  test('an unfinished stream is cut, never ended: its last chunk does not come', async () => {
    const log = await openLog()
    const reader = openRawStream(port, log.path)
    await log.write('word ')
    await reader.until('id: 1-1\n')
    streams.cutAll()
    await reader.closed
    expect(reader.text()).not.toContain('\r\n0\r\n\r\n')
    expect(tail.count()).toEqual({ followers: 0, generations: 0 })
  })

  test('closing the app cuts the streams that are open and does not wait for them', async () => {
    const api = await startApi()
    const { generationId } = await api.ask()
    const reader = openRawStream(api.port, `/api/v1/generations/${generationId}/events`)
    await reader.until('retry')
    await api.close()
    await reader.closed
    expect(reader.text()).not.toContain('\r\n0\r\n\r\n')
  })
})
