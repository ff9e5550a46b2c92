import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatFeedCursor, formatFollowed, parseFeedCursor } from '#protocol/feed-cursor.ts'
import { parseCursor, type Cursor } from '#protocol/cursor.ts'
import { isEnded, openFeed, seqsOf, upTo, type FeedReader } from '#test/app/feed-reader.ts'
import { startApi, type Api, type LogWriter } from '#test/app/start-api.ts'

let api: Api
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

interface Writing {
  id: string
  writer: LogWriter
}

async function startWriting(count: number): Promise<Writing[]> {
  const asked = await Promise.all(upTo(count).map(() => api.ask()))
  return Promise.all(
    asked.map(async ({ generationId }) => ({ id: generationId, writer: await api.work(generationId) })),
  )
}

/** Writes now here, now there, so many deltas each, until all have ended. */
async function writeAll(writing: Writing[], perGeneration: number): Promise<void> {
  await Promise.all(
    writing.map(async ({ writer }, index) => {
      while (writer.seq() < perGeneration) {
        await writer.write(1 + ((writer.seq() + index) % 4), `“${index}” ü `)
        if (writer.seq() % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 2))
      }
      await writer.end()
    }),
  )
}

/** A place that moves with whole frames only, kept by the reader itself. */
function ownPlaces(readers: FeedReader[], ids: string[]): Map<string, Cursor> {
  const places = new Map<string, Cursor>(ids.map((id) => [id, { epoch: 0, seq: 0 }]))
  for (const { frames } of readers) {
    for (const frame of frames) {
      if (frame.event !== 'log') continue
      const last = parseCursor(frame.data.events.at(-1)?.cursor ?? '')
      if (last) places.set(frame.data.generationId, last)
    }
  }
  return places
}

/** Comes back after every cut until all have ended, each connection cut after so many bytes. */
async function readThrough(
  ids: string[],
  next: (readers: FeedReader[]) => { query: string; lastEventId?: string },
): Promise<FeedReader[]> {
  const readers: FeedReader[] = []
  const random = createRandom(11)
  for (;;) {
    // Enough for the longest frame now and then, or nobody would ever come further.
    const cutAfterBytes = 1_000 + Math.floor(random() ** 2 * 24_000)
    const reader = openFeed(api.port, { ...next(readers), cutAfterBytes })
    readers.push(reader)
    const all = (): boolean => ids.every((id) => readers.some(({ frames }) => isEnded(frames, id)))
    await Promise.race([reader.closed, reader.until(all, 'all ended').catch(() => {})])
    if (!all()) continue
    reader.cut()
    return readers
  }
}

describe('the feed', () => {
  test('P8: eight answers come exactly once and in order, cut at any byte and resumed by the id of the last frame', async () => {
    const writing = await startWriting(8)
    const ids = writing.map(({ id }) => id)
    const reading = readThrough(ids, (readers) => ({
      query: `?follow=${ids.join(',')}`,
      lastEventId: readers.at(-1)?.lastEventId() ?? '',
    }))
    await writeAll(writing, 120)
    const readers = await reading
    expect(readers.length).toBeGreaterThan(5)
    const frames = readers.flatMap((reader) => reader.frames)
    for (const { id, writer } of writing) expect(seqsOf(frames, id)).toEqual(upTo(writer.seq()))
  })

  test('P8: resumed by the cursors that the reader kept itself, they come exactly once as well', async () => {
    const writing = await startWriting(8)
    const ids = writing.map(({ id }) => id)
    const reading = readThrough(ids, (readers) => ({ query: `?follow=${formatFollowed(ownPlaces(readers, ids))}` }))
    await writeAll(writing, 120)
    const readers = await reading
    expect(readers.length).toBeGreaterThan(5)
    const frames = readers.flatMap((reader) => reader.frames)
    for (const { id, writer } of writing) expect(seqsOf(frames, id)).toEqual(upTo(writer.seq()))
  })

  test('no change of a conversation is lost or doubled across cuts, and the last that is told of each is how it stands', async () => {
    const made = await Promise.all(
      upTo(6).map(async () => (await api.request('POST', '/api/v1/conversations', {})).body),
    )
    let reader = openFeed(api.port)
    await reader.until(() => reader.frames.length > 0)
    reader.cut()
    const readers = [reader]
    let done = false
    const writing = Promise.all(
      made.map(async ({ id }: { id: string }, index) => {
        for (let round = 0; round < 25; round++) {
          await api.request('PATCH', `/api/v1/conversations/${id}`, { title: `${index} ${round}` })
        }
        if (index === 0) await api.request('DELETE', `/api/v1/conversations/${id}`)
      }),
    ).then(() => (done = true))
    for (let round = 0; !isDone(); round++) {
      reader = openFeed(api.port, { lastEventId: reader.lastEventId(), cutAfterBytes: 200 + round * 173 })
      readers.push(reader)
      await Promise.race([reader.closed, writing])
      reader.cut()
    }
    await writing
    const last = openFeed(api.port, { lastEventId: reader.lastEventId() })
    readers.push(last)
    const told = () => readers.flatMap(({ frames }) => frames)
    const titleOf = (id: string) =>
      told().findLast((frame) => frame.event === 'conversation' && frame.data.id === id)?.data as { title?: string }
    await last.until(() => told().some((frame) => frame.event === 'removed' && frame.data.id === made[0].id))
    await last.until(() => made.slice(1).every(({ id }, index) => titleOf(id)?.title === `${index + 1} 24`))
    last.cut()
    const revisions = told().flatMap((frame) => (frame.event === 'conversation' ? [frame.data.revision] : []))
    expect(revisions).toEqual([...new Set(revisions)].toSorted((one, other) => one - other))
    expect(readers.length).toBeGreaterThan(3)

    function isDone(): boolean {
      return done
    }
  })

  test('an answer that ended while nobody was connected is told to its end, and then is in no place any more', async () => {
    const [writing] = await startWriting(1)
    if (!writing) throw new Error('nothing was asked')
    const { id, writer } = writing
    await writer.write(5)
    const first = openFeed(api.port, { query: `?follow=${id}` })
    await first.until(() => seqsOf(first.frames, id).length === 5)
    first.cut()
    await writer.write(5)
    await writer.end()
    const second = openFeed(api.port, { lastEventId: first.lastEventId() })
    await second.until(() => isEnded(second.frames, id))
    second.cut()
    expect(seqsOf([...first.frames, ...second.frames], id)).toEqual(upTo(11))
    expect(parseFeedCursor(second.lastEventId())?.followed.size).toBe(0)
    // By a cursor of its own a reader may come back to the end itself: it is told that there is no more.
    const third = openFeed(api.port, { query: `?follow=${id}:1-11` })
    await third.until(() => isEnded(third.frames, id))
    expect(seqsOf(third.frames, id)).toEqual([])
    third.cut()
  })

  test('a new API on the same data goes on where the one before was closed', async () => {
    const writing = await startWriting(4)
    const ids = writing.map(({ id }) => id)
    const other = await startApi({ backend: api.backend })
    const first = openFeed(other.port, { query: `?follow=${ids.join(',')}` })
    for (const { writer } of writing) await writer.write(10)
    await first.until(() => ids.every((id) => seqsOf(first.frames, id).length === 10))
    await other.close()
    expect(await first.closed).toBe(false)
    await writeAll(writing, 20)
    const second = openFeed(api.port, { lastEventId: first.lastEventId() })
    await second.until(() => ids.every((id) => isEnded(second.frames, id)))
    second.cut()
    const frames = [...first.frames, ...second.frames]
    for (const { id, writer } of writing) expect(seqsOf(frames, id)).toEqual(upTo(writer.seq()))
  })

  test('a place that lies beyond every change hides none of those that come', async () => {
    const reader = openFeed(api.port, { lastEventId: '999999999999999' })
    await reader.until(() => reader.frames.some(({ event }) => event === 'live'))
    const { conversationId } = await api.ask()
    await reader.until(() =>
      reader.frames.some((frame) => frame.event === 'conversation' && frame.data.id === conversationId),
    )
    reader.cut()
  })

  test('every frame that moves the place carries it, and each place is one that can be resumed from', async () => {
    const writing = await startWriting(2)
    const ids = writing.map(({ id }) => id)
    const { revision } = parseFeedCursor(await idOfNow())!
    const reader = openFeed(api.port, { query: `?follow=${ids.join(',')}` })
    await reader.until(() => reader.frames.length > 1)
    await writeAll(writing, 8)
    const isOver = () => reader.frames.filter(({ event }) => event === 'conversation').length >= 2
    await reader.until(() => ids.every((id) => isEnded(reader.frames, id)) && isOver())
    reader.cut()
    const places = new Map<string, Cursor>(ids.map((id) => [id, { epoch: 0, seq: 0 }]))
    let told = revision
    for (const frame of reader.frames) {
      if (frame.event === 'conversation') told = frame.data.revision
      if (frame.event === 'log') {
        const last = parseCursor(frame.data.events.at(-1)?.cursor ?? '')
        if (last) places.set(frame.data.generationId, last)
        if (frame.data.ended) places.delete(frame.data.generationId)
      }
      const moves = ['open', 'conversation', 'log'].includes(frame.event)
      expect(frame.id).toBe(moves ? formatFeedCursor({ revision: told, followed: places }) : undefined)
    }
  })
})

async function idOfNow(): Promise<string> {
  const reader = openFeed(api.port)
  await reader.until(() => reader.frames.length > 0)
  reader.cut()
  return reader.lastEventId()
}

function createRandom(seed: number): () => number {
  let state = seed
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}
