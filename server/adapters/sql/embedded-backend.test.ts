import { unlink } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { LOG_START } from '#protocol/cursor.ts'
import { ANSWER_REQUEST } from '#server/ports/store-scene.ts'
import { openBackendForTests, type BackendForTests } from './backend-for-tests.ts'

const delta = (text: string) => ({ type: 'text-delta' as const, text, at: 1 })

describe('the embedded backend', () => {
  let backend: BackendForTests
  beforeEach(async () => {
    backend = await openBackendForTests()
  })
  afterEach(() => backend.close())

  const openLogs = async (count: number): Promise<string[]> => {
    const ids = Array.from({ length: count }, () => backend.newId())
    await Promise.all(ids.map((id) => backend.log.open(id, 1)))
    return ids
  }

  test('appends of one turn of the event loop are one commit', async () => {
    const ids = await openLogs(300)
    expect(backend.commits()).toBe(0)
    await Promise.all(ids.map((id) => backend.log.append(id, { epoch: 1, afterSeq: 0 }, [delta('a')])))
    expect(backend.commits()).toBe(1)
  })

  test('a commit that added nothing rings nobody', async () => {
    const [id = ''] = await openLogs(1)
    await backend.log.append(id, { epoch: 1, afterSeq: 7 }, [delta('conflict')])
    expect(backend.commits()).toBe(0)
    await backend.log.append(id, { epoch: 1, afterSeq: 0 }, [delta('a')])
    await backend.log.append(id, { epoch: 1, afterSeq: 0 }, [delta('a')])
    expect(backend.commits()).toBe(1)
  })

  test('a long read lets timers have their turn', async () => {
    const [id = ''] = await openLogs(1)
    for (let from = 0; from < 20_000; from += 2_000)
      await backend.log.append(
        id,
        { epoch: 1, afterSeq: from },
        Array.from({ length: 2_000 }, () => delta('x')),
      )
    let turns = 0
    let reading = true
    const count = (): void => {
      turns++
      if (reading) setImmediate(count)
    }
    setImmediate(count)
    const result = await backend.log.read(id, LOG_START, 20_000)
    reading = false
    expect(result.ok && result.rows.length).toBeGreaterThan(5_000)
    expect(turns).toBeGreaterThan(1)
  })

  test('while another program keeps the database locked a write waits, and reads go on', async () => {
    const other = new DatabaseSync(backend.file)
    other.exec('BEGIN EXCLUSIVE')
    let stored = false
    const storing = backend.store.createConversation({ id: 'c', userId: 'local', title: null, now: 1 })
    void storing.then(() => (stored = true))
    for (let reads = 0; reads < 5; reads++) {
      expect(await backend.store.listConversations('local', { limit: 9 })).toEqual([])
    }
    expect(stored).toBe(false)
    await expect(backend.probeStorage()).rejects.toMatchObject({ code: 'storage-busy' })
    other.close()
    expect(await storing).toMatchObject({ id: 'c' })
    await vi.waitFor(() => backend.probeStorage(), { timeout: 15_000 })
  })

  test('a close does not wait for a lock that is not given back', async () => {
    const other = new DatabaseSync(backend.file)
    other.exec('BEGIN EXCLUSIVE')
    const refused = expect(backend.store.createConversation({ id: 'c', userId: 'local', title: null, now: 1 }))
    const appended = expect(backend.log.open(backend.newId(), 1))
    const since = performance.now()
    const closing = backend.close()
    await Promise.all([
      refused.rejects.toMatchObject({ code: 'storage-busy' }),
      appended.rejects.toMatchObject({ code: 'storage-busy' }),
    ])
    await closing
    // A write would wait 5 s.
    expect(performance.now() - since).toBeLessThan(3_000)
    other.close()
  })

  test('what was asked before the close is done, what comes later is refused', async () => {
    const [id = ''] = await openLogs(1)
    const before = backend.log.append(id, { epoch: 1, afterSeq: 0 }, [delta('a'), { ...ended, at: 2 }])
    const stored = backend.store.createConversation({ id: 'c', userId: 'local', title: null, now: 1 })
    const following = backend.log.follow(new AbortController().signal)[Symbol.asyncIterator]().next()
    await backend.close()
    expect(await before).toEqual({ ok: true, lastSeq: 2, repeated: false })
    expect(await stored).toMatchObject({ id: 'c' })
    expect(await following).toBeDefined()
    const closed = { code: 'closed' }
    await expect(backend.log.append(id, { epoch: 1, afterSeq: 2 }, [delta('b')])).rejects.toMatchObject(closed)
    await expect(backend.log.read(id, LOG_START, 1)).rejects.toMatchObject(closed)
    await expect(backend.store.getConversation('local', 'c')).rejects.toMatchObject(closed)
    await expect(backend.queue.position(id)).rejects.toMatchObject(closed)
    await backend.close()
  })

  test('what a client is told is not acknowledged when it cannot reach the disk; deltas are not held up', async () => {
    const [told = '', delayed = ''] = await openLogs(2)
    // The thread goes on writing to the file it has open, but cannot find it to bring it to the disk.
    await unlink(`${backend.file}-wal`)
    const lost = { message: expect.stringContaining('ENOENT') as unknown }
    const conversation = { id: 'c', userId: 'local', title: null, now: 1 }
    await expect(backend.store.createConversation(conversation)).rejects.toMatchObject(lost)
    const sealing = backend.log.append(told, { epoch: 1, afterSeq: 0 }, [{ ...ended, at: 2 }])
    await expect(sealing).rejects.toMatchObject(lost)
    expect(await backend.log.append(delayed, { epoch: 1, afterSeq: 0 }, [delta('a')])).toMatchObject({ ok: true })
    const claim = { limit: 1, leaseMs: 1, maxRunningPerUser: 1 }
    expect(await backend.queue.claim('w', claim)).toEqual([])
  })

  test('workers are called to a turn before it is on the disk, and whoever asked is not told of it', async () => {
    const conversation = await backend.store.createConversation({ id: 'c', userId: 'local', title: null, now: 1 })
    await unlink(`${backend.file}-wal`)
    let queued = 0
    const turn = backend.store.startTurn(
      {
        userId: 'local',
        conversationId: conversation.id,
        now: 2,
        origin: 'native',
        question: { kind: 'new', id: 'q', parentId: null, parts: [{ type: 'text', text: 'hello' }] },
        answers: [{ messageId: 'a', generationId: 'g', request: ANSWER_REQUEST }],
        groupId: null,
      },
      () => queued++,
    )
    await expect(turn).rejects.toMatchObject({ message: expect.stringContaining('ENOENT') as unknown })
    expect(queued).toBe(1)
    expect(await backend.queue.claim('w', { limit: 1, leaseMs: 1, maxRunningPerUser: 1 })).toHaveLength(1)
  })

  test('calls wait for another process that holds the write lock', async () => {
    const { DatabaseSync } = await import('node:sqlite')
    const [id = ''] = await openLogs(1)
    const holder = new DatabaseSync(backend.file)
    holder.exec('BEGIN IMMEDIATE')
    let done = false
    const append = backend.log.append(id, { epoch: 1, afterSeq: 0 }, [delta('a')]).finally(() => (done = true))
    // Reading needs no lock, and its answer comes while the append still waits.
    expect(await backend.log.tail(id)).toMatchObject({ seq: 0 })
    expect(done).toBe(false)
    holder.exec('COMMIT')
    holder.close()
    expect(await append).toMatchObject({ ok: true })
  })
})

const ended = { type: 'end' as const, status: 'completed' as const }
