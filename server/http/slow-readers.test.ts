import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { MAX_READ_BYTES } from '#server/ports/event-log.ts'
import { openRawStream, type RawStream } from '#test/app/raw-stream.ts'
import { MAX_BACKLOG_BYTES } from './open-streams.ts'
import { startStreamServer, type OpenLog, type StreamServer } from './stream-server.fixture.ts'

const STUCK_MS = 600
const END_CHUNK = '\r\n0\r\n\r\n'
const ROW_BYTES = 60_000
/** More than the kernel's buffers between two local sockets take, anywhere. */
const MANY_ROWS = 2_000
const ROW_AND_FRAMING_BYTES = 61_000

let server: StreamServer

afterEach(() => server[Symbol.asyncDispose]())

/** A connection whose client reads nothing after its first bytes. */
async function openSilent(path: string): Promise<RawStream> {
  const reader = openRawStream(server.address, path)
  await once(reader.socket, 'data')
  reader.socket.pause()
  return reader
}

/** Writes until the kernel takes no more for any connection; returns how many rows that were. */
async function writeUntilStuck(log: OpenLog): Promise<number> {
  for (let rows = 8; rows <= MANY_ROWS; rows += 8) {
    await log.write('x'.repeat(ROW_BYTES), 8)
    if (server.sockets.every((socket) => socket.writableLength > MAX_BACKLOG_BYTES)) return rows
  }
  throw new Error('the readers were never stuck')
}

function seqsIn(body: string): number[] {
  return [...body.matchAll(/^id: 1-(\d+)$/gm)].map((match) => Number(match[1]))
}

function upTo(last: number, first = 1): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

describe('a reader that does not read', () => {
  test('P29: costs bounded bytes, however long the rows are, live and when it catches up', async () => {
    server = await startStreamServer()
    const log = await server.openLog()
    const live = await openSilent(log.path)
    let rows = await writeUntilStuck(log)
    await openSilent(`${log.path}?after=1-3`)
    rows += await writeUntilStuck(log)
    let highest = 0
    for (let round = 0; round < 10; round++) {
      await log.write('x'.repeat(ROW_BYTES), 16)
      highest = Math.max(highest, ...server.sockets.map((socket) => socket.writableLength))
    }
    expect(highest).toBeLessThanOrEqual(MAX_BACKLOG_BYTES + MAX_READ_BYTES + ROW_AND_FRAMING_BYTES)
    live.socket.resume()
    await log.end()
    await live.until(END_CHUNK)
    expect(seqsIn(live.body())).toEqual(upTo(rows + 160 + 1))
  })

  test('P29: is cut, not ended, once it has taken no byte for long; by its cursor it gets the rest exactly', async () => {
    server = await startStreamServer({ stuckMs: STUCK_MS })
    const log = await server.openLog()
    const stuck = await openSilent(log.path)
    const rows = await writeUntilStuck(log)
    await expect.poll(() => server.openStreams.count(), { timeout: 15_000 }).toBe(0)
    expect(server.tail.count()).toEqual({ followers: 0, generations: 0 })
    await log.end()
    stuck.socket.resume()
    await stuck.closed
    expect(stuck.text()).not.toContain(END_CHUNK)
    const seen = seqsIn(stuck.body())
    expect(seen).toEqual(upTo(seen.length))
    const again = openRawStream(server.address, `${log.path}?after=1-${seen.length}`)
    await again.until(END_CHUNK)
    expect(seqsIn(again.body())).toEqual(upTo(rows + 1, seen.length + 1))
    again.socket.destroy()
  })

  test('holds its place until it has taken the end too, and is cut when it does not', async () => {
    server = await startStreamServer({ stuckMs: STUCK_MS })
    const log = await server.openLog()
    const stuck = await openSilent(log.path)
    // Less than a pause takes, so that the end is written behind it, and there it waits.
    while ((server.sockets[0]?.writableLength ?? 0) === 0) await log.write('x'.repeat(ROW_BYTES))
    await log.end()
    await expect.poll(() => server.tail.count().followers).toBe(0)
    expect(server.openStreams.count()).toBe(1)
    await expect.poll(() => server.openStreams.count(), { timeout: 15_000 }).toBe(0)
    stuck.socket.resume()
    await stuck.closed
    expect(stuck.text()).not.toContain(END_CHUNK)
  })
})

describe('a reader that reads', () => {
  test('is not cut while there is nothing to send', async () => {
    server = await startStreamServer({ stuckMs: STUCK_MS })
    const log = await server.openLog()
    const quiet = openRawStream(server.address, log.path)
    await log.write('word ')
    await quiet.until('id: 1-1\n')
    await delay(3 * STUCK_MS)
    await log.write('word ')
    await quiet.until('id: 1-2\n')
    await delay(2 * STUCK_MS)
    await log.end()
    await quiet.until(END_CHUNK)
    expect(server.sockets).toHaveLength(1)
    quiet.socket.destroy()
  })

  test('is not cut while it takes a little now and then, although its backlog does not empty', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'streams-'))
    server = await startStreamServer({ stuckMs: STUCK_MS, socketPath: join(folder, 'http.sock') })
    const log = await server.openLog()
    await log.write('x'.repeat(6_000_000))
    const slow = openRawStream(server.address, log.path)
    slow.socket.on('data', () => slow.socket.pause())
    const reading = setInterval(() => slow.socket.resume(), 50)
    await expect.poll(() => server.sockets[0]?.writableLength).toBeGreaterThan(0)
    const backlog = server.sockets[0]?.writableLength
    await delay(3 * STUCK_MS)
    clearInterval(reading)
    // Node counts a write down only when all of it was taken.
    expect(server.sockets[0]?.writableLength).toBe(backlog)
    expect(server.openStreams.count()).toBe(1)
    slow.socket.destroy()
    await rm(folder, { recursive: true })
  })
})
