import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LOG_START } from '#protocol/cursor.ts'
import type { GenerationEvent } from '#protocol/events.ts'
import type { LogRow } from '#server/ports/event-log.ts'
import { openBackendForTests, type BackendForTests } from './backend-for-tests.ts'
import { openEmbeddedBackend } from './embedded-backend.ts'
import { createEventLogReader, type EventLogReader } from './event-log-reader.ts'
import { migrateEmbedded } from './migrate.ts'
import { openConnection, type SqliteConnection } from './sqlite-connection.ts'

const delta = (text: string): GenerationEvent => ({ type: 'text-delta', text, at: 1 })
const end: GenerationEvent = { type: 'end', status: 'completed', at: 2 }

/** A disk that answers when it is told to. */
function createHeldSync() {
  const waiting: PromiseWithResolvers<void>[] = []
  const sync = (): Promise<void> => {
    const call = Promise.withResolvers<void>()
    waiting.push(call)
    return call.promise
  }
  return { waiting, sync }
}

describe('reading a terminal event that has not reached the disk', () => {
  let backend: BackendForTests
  let connection: SqliteConnection
  let disk: ReturnType<typeof createHeldSync>
  let reader: EventLogReader
  let stop: AbortController
  beforeEach(async () => {
    backend = await openBackendForTests()
    connection = openConnection(backend.file, { readOnly: true })
    disk = createHeldSync()
    reader = createEventLogReader(connection, disk)
    stop = new AbortController()
  })
  afterEach(async () => {
    stop.abort()
    connection.close()
    await backend.close()
  })

  const openLog = async (): Promise<string> => {
    const id = backend.newId()
    await backend.log.open(id, 1)
    return id
  }

  /** Rows as they are handed out, each as `<seq>:<type>`. */
  const follow = (): { seen: string[]; untilSeen(count: number): Promise<void> } => {
    const seen: string[] = []
    const batches = reader.follow(stop.signal)
    void (async () => {
      for await (const batch of batches) seen.push(...batch.map(({ seq, type }: LogRow) => `${seq}:${type}`))
    })()
    const untilSeen = async (count: number): Promise<void> => {
      while (seen.length < count) await nextTurn()
    }
    return { seen, untilSeen }
  }

  const append = async (id: string, afterSeq: number, ...events: GenerationEvent[]): Promise<void> => {
    await backend.log.append(id, { epoch: 1, afterSeq }, events)
    reader.wake()
  }

  test('followers get it once it is there, and everything else before', async () => {
    const [ending, other] = [await openLog(), await openLog()]
    const { seen, untilSeen } = follow()
    await append(ending, 0, delta('a'), end)
    await append(other, 0, delta('b'))
    await append(other, 1, delta('c'))
    await untilSeen(3)
    expect(seen).toEqual(['1:text-delta', '1:text-delta', '2:text-delta'])
    expect(disk.waiting).toHaveLength(1)
    disk.waiting[0]?.resolve()
    await untilSeen(4)
    expect(seen[3]).toBe('2:end')
  })

  test('an end that came while the disk was busy needs a further sync', async () => {
    const [first, second] = [await openLog(), await openLog()]
    const { seen, untilSeen } = follow()
    await append(first, 0, end)
    while (disk.waiting.length < 1) await nextTurn()
    await append(second, 0, delta('a'), end)
    await untilSeen(1)
    disk.waiting[0]?.resolve()
    await untilSeen(2)
    expect(seen).toEqual(['1:text-delta', '1:end'])
    disk.waiting[1]?.resolve()
    await untilSeen(3)
    expect(seen[2]).toBe('2:end')
  })

  test('a read and the tail tell of the seal only then; a log that goes on is read at once', async () => {
    const [ending, open] = [await openLog(), await openLog()]
    await append(ending, 0, delta('a'), end)
    await append(open, 0, delta('b'))
    expect(await reader.read(open, LOG_START, 10)).toMatchObject({ ok: true, tail: { seq: 1, sealed: false } })
    let told = 0
    const both = [reader.read(ending, LOG_START, 10), reader.tail(ending)].map((answer) => answer.finally(() => told++))
    await nextTurn()
    expect([told, disk.waiting.length]).toEqual([0, 1])
    disk.waiting[0]?.resolve()
    expect(await Promise.all(both)).toMatchObject([{ rows: [{ seq: 1 }, { seq: 2 }] }, { seq: 2, sealed: true }])
    expect(await reader.tail(ending)).toMatchObject({ sealed: true })
    expect(disk.waiting).toHaveLength(1)
  })

  test('what the disk refused is not told, and is asked again', async () => {
    const ending = await openLog()
    const { seen, untilSeen } = follow()
    await append(ending, 0, end)
    while (disk.waiting.length < 1) await nextTurn()
    disk.waiting[0]?.reject(new Error('disk broken'))
    await nextTurn()
    reader.wake()
    while (disk.waiting.length < 2) await nextTurn()
    expect(seen).toEqual([])
    disk.waiting[1]?.resolve()
    await untilSeen(1)
  })
})

test('an ended log is read after a restart, although nothing was written since', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-reader-'))
  const file = join(folder, 'millrace.db')
  await migrateEmbedded(file)
  const clock = { now: () => 1, newId: () => 'id' }
  const open = () => openEmbeddedBackend({ file, clock, onLogCommit: () => {} })
  const before = await open()
  await before.log.open('a', 1)
  await before.log.append('a', { epoch: 1, afterSeq: 0 }, [end])
  await before.close()
  const after = await open()
  expect(await after.log.tail('a')).toMatchObject({ sealed: true })
  await after.close()
  await rm(folder, { recursive: true, force: true })
})
