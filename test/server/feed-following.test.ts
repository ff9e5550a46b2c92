import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MAX_FOLLOWED } from '#protocol/api/feed.ts'
import { parseFeedCursor } from '#protocol/feed-cursor.ts'
import { setStoreScene } from '#server/ports/store-scene.ts'
import { isEnded, openFeed, seqsOf, upTo, type FeedReader } from '#test/app/feed-reader.ts'
import { openRawStream } from '#test/app/raw-stream.ts'
import { startApi, type Api } from '#test/app/start-api.ts'

let api: Api
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

async function openNow(query = '', of = api): Promise<FeedReader> {
  const reader = openFeed(of.port, { query })
  await reader.until(() => reader.frames.some(({ event }) => event === 'live'))
  return reader
}

type Wish = { generationId: string; after?: string }

function put(reader: FeedReader, follow: Wish[]) {
  return api.request('PUT', `/api/v1/events/${reader.streamId()}/follow`, { follow })
}

async function startWriting() {
  const { generationId, conversationId } = await api.ask()
  return { id: generationId, conversationId, writer: await api.work(generationId) }
}

describe('changing what a stream follows', () => {
  test('P8: while tokens flow, generations come and go again and again, and what stays misses nothing', async () => {
    const stays = await startWriting()
    const others = await Promise.all(upTo(6).map(startWriting))
    const reader = await openNow(`?follow=${stays.id}`)
    let writing = true
    const tokens = Promise.all(
      [stays, ...others].map(async ({ writer }) => {
        while (writing) await writer.write(2)
        await writer.end()
      }),
    )
    for (let round = 0; round < 30; round++) {
      const set = others.filter((_, index) => (round >> (index % 3)) % 2 === index % 2)
      const follow = [stays, ...set].map(({ id }) => ({ generationId: id }))
      expect((await put(reader, follow)).status).toBe(204)
    }
    const all = [stays, ...others]
    const seen = new Map(others.map(({ id }) => [id, seqsOf(reader.frames, id).at(-1)]))
    // With the last seen place of each: those that were left in between go on there.
    await put(
      reader,
      all.map(({ id }) => {
        const last = seen.get(id)
        return { generationId: id, ...(last !== undefined && { after: `1-${last}` }) }
      }),
    )
    writing = false
    await tokens
    await reader.until(() => all.every(({ id }) => isEnded(reader.frames, id)))
    reader.cut()
    expect(seqsOf(reader.frames, stays.id)).toEqual(upTo(stays.writer.seq()))
    for (const { id, writer } of others) expect(new Set(seqsOf(reader.frames, id)).size).toBe(writer.seq())
  })

  test('without a cursor what is followed keeps its place, with one it moves there, what is not named is left', async () => {
    const [one, two] = [await startWriting(), await startWriting()]
    await one.writer.write(5)
    const reader = await openNow(`?follow=${one.id}`)
    await reader.until(() => seqsOf(reader.frames, one.id).length === 5)
    await put(reader, [{ generationId: one.id }, { generationId: two.id }])
    await put(reader, [{ generationId: one.id }, { generationId: two.id }])
    await one.writer.write(1)
    await two.writer.write(1)
    await reader.until(() => seqsOf(reader.frames, one.id).length === 6 && seqsOf(reader.frames, two.id).length === 1)
    await put(reader, [{ generationId: one.id, after: '1-4' }])
    await reader.until(() => seqsOf(reader.frames, one.id).length === 8)
    await two.writer.write(1)
    await one.writer.write(1)
    await reader.until(() => seqsOf(reader.frames, one.id).length === 9)
    reader.cut()
    expect(seqsOf(reader.frames, one.id)).toEqual([1, 2, 3, 4, 5, 6, 5, 6, 7])
    expect(seqsOf(reader.frames, two.id)).toEqual([1])
    expect([...parseFeedCursor(reader.lastEventId())!.followed]).toEqual([[one.id, { epoch: 1, seq: 7 }]])
  })

  test('many changes at once take effect in their order: the last one counts', async () => {
    const all = await Promise.all(upTo(5).map(startWriting))
    const reader = await openNow()
    const path = `/api/v1/events/${reader.streamId()}/follow`
    const bodies = [...all, all[2]!].map(({ id }) => JSON.stringify({ follow: [{ generationId: id }] }))
    // Behind one another on one connection, so that they arrive in this order.
    const lines = bodies.map(
      (body) =>
        `PUT ${path} HTTP/1.1\r\nhost: 127.0.0.1:${api.port}\r\ncontent-type: application/json\r\n` +
        `content-length: ${body.length}\r\n\r\n${body}`,
    )
    const raw = openRawStream(api.port, '/api/v1/health/live')
    raw.socket.write(lines.join(''))
    await raw.until(/(?:204 No Content[^]*){6}/)
    raw.socket.destroy()
    for (const { writer } of all) await writer.write(1)
    await reader.until(() => seqsOf(reader.frames, all[2]!.id).length === 1)
    await reader.until(() => reader.lastEventId().includes(':1-1'))
    reader.cut()
    expect([...parseFeedCursor(reader.lastEventId())!.followed.keys()]).toEqual([all[2]!.id])
  })

  test('an ended one is told to have ended once, and again only to who asks for it with a cursor', async () => {
    const { id, writer } = await startWriting()
    await writer.write(1)
    await writer.end()
    const reader = await openNow(`?follow=${id}`)
    await reader.until(() => isEnded(reader.frames, id))
    await put(reader, [{ generationId: id }])
    await put(reader, [{ generationId: id, after: '1-2' }])
    const ends = () => reader.frames.filter(({ event }) => event === 'log').length
    await reader.until(() => ends() === 2)
    reader.cut()
    expect(seqsOf(reader.frames, id)).toEqual([1, 2])
  })

  test('what cannot be followed is said to be lost, with the reason, and the rest goes on', async () => {
    const { id, writer } = await startWriting()
    const other = await startWriting()
    await writer.write(2)
    const reader = await openNow(`?follow=${id}:1-1,${other.id}:1-9,nobody`)
    await put(reader, [{ generationId: id }, { generationId: other.id, after: '7-1' }])
    await other.writer.write(1)
    await put(reader, [{ generationId: id }, { generationId: other.id, after: '7-1' }])
    const lost = () => reader.frames.flatMap((frame) => (frame.event === 'lost' ? [frame.data] : []))
    await reader.until(() => lost().length === 4)
    await writer.write(1)
    await reader.until(() => seqsOf(reader.frames, id).length === 2)
    reader.cut()
    expect(
      lost()
        .map(({ reason }) => reason)
        .toSorted(),
    ).toEqual(['beyond-tail', 'beyond-tail', 'mismatch', 'unknown'])
    expect([...parseFeedCursor(reader.lastEventId())!.followed.keys()]).toEqual([id])
  })
})

describe('what belongs to another user', () => {
  test('is not told: neither conversations nor states, and their generations are unknown', async () => {
    const { store, log } = api.backend
    const scene = await setStoreScene({ store, another: async () => store, newId: randomUUID })
    const { generationId } = await scene.send()
    const mine = await startWriting()
    const reader = await openNow(`?follow=${generationId},${mine.id}&after=0`)
    await log.open(generationId, 1)
    const start = {
      type: 'attempt-start',
      attempt: 1,
      reason: 'first',
      provider: 'demo',
      model: 'chat',
      at: 1,
    } as const
    await log.append(generationId, { epoch: 1, afterSeq: 0 }, [start])
    await scene.converse(5)
    await mine.writer.append(start)
    await reader.until(() => reader.frames.some(({ event }) => event === 'generation'))
    await reader.until(() => seqsOf(reader.frames, mine.id).length === 1)
    await reader.until(() =>
      reader.frames.some((frame) => frame.event === 'conversation' && frame.data.id === mine.conversationId),
    )
    reader.cut()
    const withoutLost = reader.frames.filter(({ event }) => event !== 'lost' && event !== 'open')
    expect(JSON.stringify(withoutLost)).not.toContain(generationId)
    expect(JSON.stringify(reader.frames)).not.toContain(scene.conversationId)
    expect(reader.frames).toContainEqual(
      expect.objectContaining({ event: 'lost', data: { generationId, reason: 'unknown' } }),
    )
  })
})

describe('what is refused', () => {
  test('wrong places, too many generations and streams that are not there are named', async () => {
    const many = upTo(MAX_FOLLOWED + 1).map((index) => `g-${index}`)
    const refusals = [
      await api.request('GET', '/api/v1/events?after=x'),
      await api.request('GET', '/api/v1/events?follow=a:1'),
      await api.request('GET', '/api/v1/events', undefined, { 'last-event-id': '1;a' + ':x' }),
      await api.request('GET', `/api/v1/events?follow=${many.join(',')}`),
      await api.request('PUT', '/api/v1/events/nobody/follow', { follow: [] }),
    ]
    const reader = await openNow()
    refusals.push(await put(reader, [{ generationId: 'a', after: 'x' }]))
    refusals.push(
      await put(
        reader,
        many.map((generationId) => ({ generationId })),
      ),
    )
    reader.cut()
    await reader.closed
    await expect.poll(async () => (await put(reader, [])).status).toBe(404)
    expect(refusals.map(({ status, body }) => [status, body.code])).toEqual([
      [400, 'invalid-cursor'],
      [400, 'invalid-cursor'],
      [400, 'invalid-cursor'],
      [422, 'too-many-followed'],
      [404, 'unknown-stream'],
      [400, 'invalid-cursor'],
      [422, 'too-many-followed'],
    ])
  })

  test('as many generations as are allowed can be followed, named in the address and in the header', async () => {
    const places = upTo(MAX_FOLLOWED).map(() => `${randomUUID()}:1-123456`)
    const reader = openFeed(api.port, { query: `?follow=${places.join(',')}`, lastEventId: `7;${places.join(',')}` })
    await reader.until(() => reader.frames.filter(({ event }) => event === 'lost').length === MAX_FOLLOWED)
    reader.cut()
  })
})

describe('a stream', () => {
  test('P15: says something at once, and beats before anything happens', async () => {
    const own = await startApi({ limits: { heartbeatMs: 50 } })
    const raw = openRawStream(own.port, '/api/v1/events')
    await raw.until(/event: live\n[^]*\r\n:\n\n/)
    expect(raw.text()).toMatch(/x-accel-buffering: no/i)
    expect(raw.body()).toMatch(/^:\nretry: 1000\n\nevent: open\n/)
    await own.close()
    await raw.closed
    expect(raw.text().endsWith('0\r\n\r\n')).toBe(false)
  })

  test('counts among the open streams, and is free again once its client has gone', async () => {
    const own = await startApi({ limits: { maxOpenStreams: 1 } })
    const reader = await openNow('', own)
    const refused = await own.request('GET', '/api/v1/events')
    expect([refused.status, refused.body.code]).toEqual([429, 'too-many-streams'])
    reader.cut()
    const again = (): FeedReader => openFeed(own.port)
    await expect
      .poll(async () => {
        const reader = again()
        await Promise.race([reader.closed, reader.until(() => reader.frames.length > 0)])
        reader.cut()
        return reader.status()
      })
      .toBe(200)
    await own.close()
  })

  test('names as live what has not ended, whether or not the end is in the store yet', async () => {
    const [running, sealed, ended] = [await startWriting(), await startWriting(), await startWriting()]
    await sealed.writer.seal()
    await ended.writer.end()
    const reader = await openNow()
    const live = reader.frames.flatMap((frame) => (frame.event === 'live' ? frame.data.generations : []))
    const ids = [running, sealed, ended].map(({ id }) => id)
    expect(live.filter(({ id }) => ids.includes(id))).toMatchObject([{ id: running.id, status: 'running' }])
    await running.writer.end()
    await reader.until(() =>
      reader.frames.some((frame) => frame.event === 'generation' && frame.data.status === 'completed'),
    )
    reader.cut()
  })

  test('finds what no ring announced within seconds', async () => {
    const own = await startApi({ backend: { ...api.backend, changes: { listen: () => () => {} } } })
    const reader = await openNow('', own)
    const { body } = await own.request('POST', '/api/v1/conversations', {})
    await reader.until(() => reader.frames.some((frame) => frame.event === 'conversation' && frame.data.id === body.id))
    reader.cut()
    await own.close()
  })

  test('keeps an answer that is to be written only while somebody reads it', async () => {
    const own = await startApi({ limits: { disconnectGraceMs: 300 } })
    const { body } = await own.request('POST', '/api/v1/conversations', {})
    const send = { parts: [{ type: 'text', text: 'hello' }], model: 'demo/chat' }
    const headers = { 'x-on-disconnect': 'stop' }
    const sent = await own.request('POST', `/api/v1/conversations/${body.id}/messages`, send, headers)
    const id = sent.body.generations[0].id as string
    const reader = await openNow(`?follow=${id}`, own)
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect(await own.backend.store.findGeneration(id)).toMatchObject({ cancelRequestedAt: null })
    reader.cut()
    await expect.poll(() => own.backend.store.findGeneration(id)).toMatchObject({ cancelledBy: 'disconnect' })
    await own.close()
  })
})
