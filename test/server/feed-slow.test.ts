import { once } from 'node:events'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MAX_BACKLOG_BYTES } from '#server/http/open-streams.ts'
import { MAX_READ_BYTES } from '#server/ports/event-log.ts'
import { isEnded, openFeed, seqsOf, upTo } from '#test/app/feed-reader.ts'
import { startApi, type Api } from '#test/app/start-api.ts'

/** One batch is written whole, and what was under way when the bound was reached. */
const MOST_BYTES = MAX_BACKLOG_BYTES + MAX_READ_BYTES + 200 * 1024

let api: Api

beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

test('P29: a reader that does not read costs bounded memory, slows nobody, and gets the rest exactly once it reads', async () => {
  const asked = await Promise.all(upTo(4).map(() => api.ask()))
  const writing = await Promise.all(
    asked.map(async ({ generationId }) => ({ id: generationId, writer: await api.work(generationId) })),
  )
  const ids = writing.map(({ id }) => id)
  const arrival = once(api.app.server, 'connection') as Promise<[Socket]>
  const slow = openFeed(api.port, { query: `?follow=${ids.join(',')}&after=0` })
  const [socket] = await arrival
  await slow.until(() => slow.frames.some(({ event }) => event === 'live'))
  slow.pause()
  const fast = openFeed(api.port, { query: `?follow=${ids.join(',')}` })
  let highest = 0
  const look = setInterval(() => (highest = Math.max(highest, socket.writableLength)), 1)
  // Until the kernel's buffers are full as well, then as much again.
  for (let beyond = 0; beyond < 40; beyond += socket.writableLength > MAX_BACKLOG_BYTES ? 1 : 0) {
    for (const { writer } of writing) await writer.write(4, 'x'.repeat(30_000))
  }
  const stuckAt = socket.writableLength
  const last = await api.request('POST', '/api/v1/conversations', {})
  await fast.until(() => fast.frames.some((frame) => frame.event === 'conversation' && frame.data.id === last.body.id))
  expect(socket.writableLength).toBe(stuckAt)
  for (const { writer } of writing) await writer.end()
  await fast.until(() => ids.every((id) => isEnded(fast.frames, id)))
  clearInterval(look)
  expect(slow.frames.filter(({ event }) => event === 'log').length).toBeLessThan(
    fast.frames.filter(({ event }) => event === 'log').length,
  )
  expect(highest).toBeGreaterThan(MAX_BACKLOG_BYTES)
  expect(highest).toBeLessThan(MOST_BYTES)

  slow.resume()
  await slow.until(() => ids.every((id) => isEnded(slow.frames, id)))
  await slow.until(() => slow.frames.some((frame) => frame.event === 'conversation' && frame.data.id === last.body.id))
  for (const { id, writer } of writing) expect(seqsOf(slow.frames, id)).toEqual(upTo(writer.seq()))
  // The states that were left out meanwhile are made good by telling all that is live anew.
  const live = slow.frames.findLast((frame) => frame.event === 'live')
  expect(live?.event === 'live' && live.data.generations.filter(({ id }) => ids.includes(id))).toEqual([])
  slow.cut()
  fast.cut()
}, 60_000)

test('P29: one that follows many long answers from their start and does not read costs no more than that either', async () => {
  const asked = await Promise.all(upTo(16).map(() => api.ask()))
  const ids = asked.map(({ generationId }) => generationId)
  for (const id of ids) await (await api.work(id)).write(16, 'x'.repeat(60_000))
  const arrival = once(api.app.server, 'connection') as Promise<[Socket]>
  const slow = openFeed(api.port, { query: `?follow=${ids.join(',')}` })
  const [socket] = await arrival
  let highest = 0
  const look = setInterval(() => (highest = Math.max(highest, socket.writableLength)), 1)
  await slow.until(() => slow.frames.length > 0)
  slow.pause()
  await expect.poll(() => socket.writableLength).toBeGreaterThan(MAX_BACKLOG_BYTES)
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(highest).toBeLessThan(MOST_BYTES)
  slow.resume()
  await slow.until(() => ids.every((id) => seqsOf(slow.frames, id).length === 16))
  clearInterval(look)
  expect(highest).toBeLessThan(MOST_BYTES)
  for (const id of ids) expect(seqsOf(slow.frames, id)).toEqual(upTo(16))
  slow.cut()
}, 60_000)
