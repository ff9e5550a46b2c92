import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { emptyAnswer } from '#protocol/fold.ts'
import { createBackendCalls, type BackendCalls } from './backend-calls.ts'
import type { QueueRequest, StoreRequest } from './backend-messages.ts'
import { migrateEmbedded, openMigrated } from './migrate.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

describe('what waits for the disk', () => {
  let folder: string
  let connection: SqliteConnection
  let calls: BackendCalls
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-calls-'))
    const file = join(folder, 'millrace.db')
    await migrateEmbedded(file)
    connection = openMigrated(file)
    calls = createBackendCalls(connection)
  })
  afterAll(async () => {
    connection.close()
    await rm(folder, { recursive: true, force: true })
  })

  const store = (name: StoreRequest['name'], ...args: unknown[]) => calls.run({ kind: 'store', id: 1, name, args })
  const queue = (name: QueueRequest['name'], ...args: unknown[]) =>
    calls.run({ kind: 'queue', id: 1, name, args, now: 1_000 })

  test('what a client is told does', () => {
    const conversation = { id: 'c', userId: 'local', title: null, now: 1 }
    expect(store('createConversation', conversation).mustReachDisk).toBe(true)
    expect(store('updateConversation', 'local', 'c', { title: 't', now: 1 }).mustReachDisk).toBe(true)
    expect(store('requestCancel', 'local', 'g', { at: 1, by: 'user' }).mustReachDisk).toBe(true)
    expect(store('deleteConversation', 'local', 'c', 1).mustReachDisk).toBe(true)
  })

  test('the answer to a repeat does, because the first send may still be on its way there', () => {
    store('createConversation', { id: 'r', userId: 'local', title: null, now: 1 })
    expect(store('answerBefore', 'local', 'k', 'h')).toMatchObject({ value: undefined, mustReachDisk: false })
    store('startTurn', {
      userId: 'local',
      conversationId: 'r',
      now: 1,
      origin: 'native',
      question: { kind: 'new', id: 'q', parentId: null, parts: [] },
      answers: [],
      groupId: null,
      idempotency: { key: 'k', bodyHash: 'h', response: 'first' },
    })
    expect(store('answerBefore', 'local', 'k', 'h').mustReachDisk).toBe(true)
  })

  test('reads, claims, leases and settled answers do not', () => {
    expect(store('getConversation', 'local', 'c').mustReachDisk).toBe(false)
    expect(store('settle', 'g', { ...emptyAnswer(), status: 'completed' }, 1).mustReachDisk).toBe(false)
    expect(queue('claim', 'w', { limit: 1, leaseMs: 1, maxRunningPerUser: 1 }).mustReachDisk).toBe(false)
    expect(queue('extend', 'w', [], 1).mustReachDisk).toBe(false)
  })
})
