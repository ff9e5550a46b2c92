import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LOG_START } from '#protocol/cursor.ts'
import { openRawStream } from '#test/app/raw-stream.ts'
import { startApi } from '#test/app/start-api.ts'
import { MAX_BACKLOG_BYTES } from './open-streams.ts'
import { startStreamServer, type StreamServer } from './stream-server.fixture.ts'

const END_CHUNK = '\r\n0\r\n\r\n'

let server: StreamServer

beforeEach(async () => {
  server = await startStreamServer()
})
afterEach(() => server[Symbol.asyncDispose]())

function seqsIn(body: string): number[] {
  return [...body.matchAll(/^id: 1-(\d+)$/gm)].map((match) => Number(match[1]))
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1)
}

describe('event streams', () => {
  test('P29: a reader that does not read costs bounded memory and slows nobody; reading again, it gets the rest exactly', async () => {
    const log = await server.openLog()
    const slow = openRawStream(server.address, log.path)
    await slow.until('retry')
    slow.socket.pause()
    const fast = openRawStream(server.address, log.path)
    const text = 'x'.repeat(8_000)
    let highest = 0
    const count = 2_500
    for (let written = 0; written < count; written += 10) {
      await log.write(text, 10)
      highest = Math.max(highest, ...server.sockets.map((socket) => socket.writableLength))
    }
    await fast.until(`id: 1-${count}\n`)
    // It was stuck: the kernel's buffers took some of the 20 MB, ours a little, the log keeps the rest.
    const stuck = server.sockets[0]?.writableLength ?? 0
    expect(stuck).toBeGreaterThan(MAX_BACKLOG_BYTES)
    expect(highest).toBeLessThan(MAX_BACKLOG_BYTES + 128 * 8_200)
    slow.socket.resume()
    await log.end()
    await Promise.all([slow.until(END_CHUNK), fast.until(END_CHUNK)])
    expect(seqsIn(slow.body())).toEqual(upTo(count + 1))
    expect(seqsIn(fast.body())).toEqual(upTo(count + 1))
    slow.socket.destroy()
    fast.socket.destroy()
  }, 30_000)

  test('events are encoded once however many follow', async () => {
    const log = await server.openLog()
    const readers = Array.from({ length: 50 }, () => openRawStream(server.address, log.path))
    await Promise.all(readers.map((reader) => reader.until('retry')))
    await expect.poll(() => server.tail.count().followers).toBe(50)
    for (let seq = 1; seq <= 10; seq++) {
      await log.write('word ')
      await Promise.all(readers.map((reader) => reader.until(`id: 1-${seq}\n`)))
    }
    expect(server.encodings()).toBe(10)
    for (const reader of readers) reader.socket.destroy()
  })

  test('what many catch up with side by side is encoded about once as well', async () => {
    const log = await server.openLog()
    const count = 5_000
    await log.write('word ', count)
    const readers = Array.from({ length: 50 }, () => openRawStream(server.address, log.path))
    await Promise.all(readers.map((reader) => reader.until(`id: 1-${count}\n`)))
    await log.end()
    await Promise.all(readers.map((reader) => reader.until(END_CHUNK)))
    for (const reader of readers) {
      expect(seqsIn(reader.body())).toEqual(upTo(count + 1))
      reader.socket.destroy()
    }
    // Each on its own would make 50 × 40.
    expect(server.encodings()).toBeLessThan(50 * 10)
  })

  test('P26: readers that come and go leave no follower, stream or timer behind', async () => {
    const log = await server.openLog()
    await log.write('word ')
    for (let round = 0; round < 20; round++) {
      const readers = Array.from({ length: 20 }, () => openRawStream(server.address, log.path))
      await Promise.all(readers.map((reader) => reader.until('id: 1-1\n')))
      for (const reader of readers) reader.socket.destroy()
    }
    await expect.poll(() => server.openStreams.count()).toBe(0)
    expect(server.tail.count()).toEqual({ followers: 0, generations: 0 })
  })

  test('P26: of requests that were sent one behind another on a connection that broke, nothing is left', async () => {
    const log = await server.openLog()
    await log.write('word ')
    const reader = openRawStream(server.address, log.path)
    const request = `GET ${log.path} HTTP/1.1\r\nHost: localhost\r\n\r\n`
    reader.socket.write(request.repeat(3))
    await reader.until('id: 1-1\n')
    await expect.poll(() => server.openStreams.count()).toBe(4)
    reader.socket.destroy()
    await expect.poll(() => server.openStreams.count()).toBe(0)
    expect(server.tail.count()).toEqual({ followers: 0, generations: 0 })
  })

  test('a stream whose client left before it was opened is not opened', async () => {
    const log = await server.openLog()
    await log.write('word ')
    const { promise: opened, resolve } = Promise.withResolvers<void>()
    server.server.removeAllListeners('request')
    server.server.on('request', (request, response) => {
      response.once('close', () => {
        const generation = { generationId: log.generationId, after: LOG_START, queued: false }
        // As a route that was still looking something up meanwhile.
        setImmediate(() => {
          server.streams.open(response, server.dialect, [generation])
          resolve()
        })
      })
      request.socket.destroy()
    })
    openRawStream(server.address, log.path)
    await opened
    expect(server.openStreams.count()).toBe(0)
    expect(server.tail.count()).toEqual({ followers: 0, generations: 0 })
  })

  test('an unfinished stream is cut, never ended: its last chunk does not come', async () => {
    const log = await server.openLog()
    const reader = openRawStream(server.address, log.path)
    await log.write('word ')
    await reader.until('id: 1-1\n')
    server.openStreams.cutAll()
    await reader.closed
    expect(reader.text()).not.toContain(END_CHUNK)
    expect(server.tail.count()).toEqual({ followers: 0, generations: 0 })
  })

  test('closing the app cuts the streams that are open and does not wait for them', async () => {
    const api = await startApi()
    const { generationId } = await api.ask()
    const reader = openRawStream(api.port, `/api/v1/generations/${generationId}/events`)
    await reader.until('retry')
    await api.close()
    await reader.closed
    expect(reader.text()).not.toContain(END_CHUNK)
  })
})
