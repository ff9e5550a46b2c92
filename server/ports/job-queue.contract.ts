import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { emptyAnswer } from '#protocol/fold.ts'
import type { GenerationRequest } from '#server/domain/generation.ts'
import { describeTitleJobs } from './job-titles.contract.ts'
import { MAX_LEASE_MS, MAX_WAIT_MS, type JobQueue } from './job-queue.ts'
import type { Store } from './store.ts'

export interface JobQueueSubject {
  queue: JobQueue
  /** The store whose generations are the jobs. */
  store: Store
  /** The same queue as another process has it open. */
  another(): Promise<JobQueue>
  newId(): string
  now(): number
  /** Moves the clock that the queue goes by. */
  advance(milliseconds: number): void
  close(): Promise<void>
}

const LEASE_MS = 10_000
const plenty = { limit: 100, leaseMs: LEASE_MS, maxRunningPerUser: 100 }

/** What `JobQueue` promises, as tests. `open` makes a fresh, empty backend. */
export function describeJobQueueContract(name: string, open: () => Promise<JobQueueSubject>): void {
  describe(`job queue contract: ${name}`, () => {
    let subject: JobQueueSubject
    let queue: JobQueue
    let store: Store
    beforeAll(async () => {
      subject = await open()
      ;({ queue, store } = subject)
    })
    afterAll(() => subject.close())
    // Every claim sees all jobs: none may be left for the next test.
    afterEach(async () => {
      for (const job of await store.listUnsettled(1_000))
        await store.settle(job.id, { ...emptyAnswer(), status: 'failed' }, subject.now())
    })

    /** Queues this many answers for a user, each a millisecond after the one before, and returns their ids. */
    async function enqueue(userId: string, count: number, asked = request, text = ''): Promise<string[]> {
      const conversationId = subject.newId()
      await store.createConversation({ id: conversationId, userId, title: null, now: subject.now() })
      const ids: string[] = []
      for (let index = 0; index < count; index++) {
        subject.advance(1)
        const answer = { messageId: subject.newId(), generationId: subject.newId(), request: asked }
        const parts = [{ type: 'text' as const, text }]
        const question = { kind: 'new' as const, id: subject.newId(), parentId: null, parts }
        const turn = { userId, conversationId, now: subject.now(), origin: 'native' as const, groupId: null }
        expect(await store.startTurn({ ...turn, question, answers: [answer] })).toMatchObject({ ok: true })
        ids.push(answer.generationId)
      }
      return ids
    }

    const claimIds = async (worker: string, options = plenty): Promise<string[]> =>
      (await queue.claim(worker, options)).map((job) => job.generationId)

    const statusOf = async (id: string) => (await store.findGeneration(id))?.status

    describeTitleJobs(() => ({ ...subject, enqueue: (asked, text) => enqueue('local', 1, asked, text) }))

    test('a claim hands out the oldest jobs first, each once, with its frozen request', async () => {
      const ids = await enqueue('local', 3)
      const [job, ...none] = await queue.claim('w1', { ...plenty, limit: 1 })
      expect(none).toEqual([])
      expect(job).toMatchObject({
        generationId: ids[0],
        epoch: 1,
        userId: 'local',
        purpose: 'answer',
        request,
        lostAttempts: 0,
        previous: 'none',
        cancelRequested: false,
      })
      expect(await store.getMessage('local', job?.messageId ?? '')).toMatchObject({
        conversationId: job?.conversationId,
        generation: { id: ids[0], status: 'running' },
      })
      expect(await claimIds('w1')).toEqual(ids.slice(1))
      expect(await claimIds('w1')).toEqual([])
    })

    test('two processes that claim at once never get the same job', async () => {
      const ids = await enqueue('local', 20)
      const other = await subject.another()
      const claims = Array.from({ length: 20 }, (_, index) =>
        (index % 2 ? queue : other).claim(`w${index}`, { ...plenty, limit: 1 }),
      )
      const claimed = (await Promise.all(claims)).flat().map((job) => job.generationId)
      expect(claimed.toSorted()).toEqual(ids.toSorted())
    })

    test('users take turns: the one with the fewest running comes first', async () => {
      const many = await enqueue('many', 6)
      const [first, second] = await enqueue('few', 2)
      expect(await claimIds('w1', { ...plenty, limit: 2 })).toEqual([many[0], first])
      expect(await claimIds('w1', { ...plenty, limit: 2 })).toEqual([many[1], second])
      const late = await enqueue('late', 1)
      expect(await claimIds('w1', { ...plenty, limit: 1 })).toEqual(late)
    })

    test('no user gets more than the bound, whatever else is free', async () => {
      const ids = await enqueue('many', 5)
      const bounded = { ...plenty, maxRunningPerUser: 2 }
      expect(await claimIds('w1', bounded)).toEqual(ids.slice(0, 2))
      expect(await claimIds('w2', bounded)).toEqual([])
      expect(await store.settle(ids[0] ?? '', { ...emptyAnswer(), status: 'completed' }, subject.now())).toBe(true)
      expect(await claimIds('w2', bounded)).toEqual(ids.slice(2, 3))
    })

    test('a job that waits is due at its time and not before', async () => {
      const [id = ''] = await enqueue('local', 1)
      await queue.claim('w1', plenty)
      const dueAt = subject.now() + 5_000
      expect(await queue.release({ generationId: id, epoch: 1 }, { status: 'waiting', dueAt })).toBe(true)
      expect(await statusOf(id)).toBe('waiting')
      subject.advance(4_999)
      expect(await claimIds('w1')).toEqual([])
      subject.advance(1)
      expect(await queue.claim('w1', plenty)).toMatchObject([{ epoch: 2, previous: 'waiting', lostAttempts: 0 }])
    })

    test('claimOne takes a job that nobody owns, due or not, and no other', async () => {
      const [id = '', other = ''] = await enqueue('local', 2)
      expect(await queue.claimOne('w1', id, LEASE_MS)).toMatchObject({ generationId: id, epoch: 1 })
      expect(await (await subject.another()).claimOne('w2', id, LEASE_MS)).toBeUndefined()
      await queue.release({ generationId: id, epoch: 1 }, { status: 'waiting', dueAt: subject.now() + 60_000 })
      expect(await queue.claimOne('w2', id, LEASE_MS)).toMatchObject({ generationId: id, epoch: 2 })
      await store.settle(id, { ...emptyAnswer(), status: 'cancelled' }, subject.now())
      expect(await queue.claimOne('w2', id, LEASE_MS)).toBeUndefined()
      expect(await queue.claimOne('w2', subject.newId(), LEASE_MS)).toBeUndefined()
      expect(await statusOf(other)).toBe('queued')
    })

    test('a lease that ran out is reaped: the epoch rises and an attempt counts as lost', async () => {
      const [id = ''] = await enqueue('local', 1)
      await queue.claim('w1', plenty)
      subject.advance(LEASE_MS - 1)
      expect(await queue.reap({ now: subject.now() })).toEqual([])
      subject.advance(1)
      expect(await queue.reap({ now: subject.now() })).toEqual([{ generationId: id, epoch: 2, lostAttempts: 1 }])
      expect(await queue.reap({ now: subject.now() })).toEqual([])
      expect(await statusOf(id)).toBe('recovering')
      expect(await queue.claim('w2', plenty)).toMatchObject([{ epoch: 3, previous: 'worker-lost', lostAttempts: 1 }])
    })

    test("a dead worker's jobs are reaped at once, and only those", async () => {
      const ids = await enqueue('local', 3)
      await queue.claim('dead', { ...plenty, limit: 2 })
      await queue.claim('alive', plenty)
      const reaped = await queue.reap({ now: subject.now(), workerId: 'dead' })
      expect(reaped.map((job) => job.generationId).toSorted()).toEqual(ids.slice(0, 2).toSorted())
      expect(await statusOf(ids[2] ?? '')).toBe('running')
      subject.advance(LEASE_MS)
      expect(await queue.reap({ now: subject.now(), workerId: 'dead' })).toEqual([])
    })

    test('a clock that is put back leaves no lease and no wait more time than the longest has', async () => {
      const [held = '', waits = ''] = await enqueue('local', 2)
      await queue.claim('w1', plenty)
      await queue.release({ generationId: waits, epoch: 1 }, { status: 'waiting', dueAt: subject.now() + 5_000 })
      const hourMs = 3_600_000
      subject.advance(-hourMs)
      expect(await claimIds('w2')).toEqual([waits])
      expect((await queue.reap({ now: subject.now() })).map((job) => job.generationId)).toEqual([held])
      expect(Math.max(MAX_LEASE_MS, MAX_WAIT_MS)).toBeLessThan(hourMs)
      // What was queued by the later clock is due as well.
      const [queued = ''] = await enqueue('local', 1)
      subject.advance(-hourMs)
      expect(await claimIds('w3')).toContain(queued)
      subject.advance(2 * hourMs)
    })

    test('a job before its last attempt is handed out alone, and only to who asks for such', async () => {
      const [twice = '', thrice = '', once = ''] = await enqueue('local', 3)
      for (const [id, losses] of [
        [twice, 2],
        [thrice, 3],
        [once, 1],
      ] as const) {
        for (let epoch = 1; epoch <= losses; epoch++) {
          await queue.claimOne('w1', id, LEASE_MS)
          await queue.release({ generationId: id, epoch }, { status: 'recovering' })
        }
      }
      expect(await queue.countLone()).toBe(1)
      expect(await claimIds('w1')).toEqual([thrice, once])
      expect(await queue.claimLone('w2', LEASE_MS)).toMatchObject({ generationId: twice, epoch: 3, lostAttempts: 2 })
      expect(await queue.countLone()).toBe(0)
      expect(await queue.claimLone('w2', LEASE_MS)).toBeUndefined()
      // A drain in the middle changes nothing about it; a cancel does: whoever gets it only ends it.
      await queue.release({ generationId: twice, epoch: 3 }, { status: 'drained' })
      expect(await claimIds('w1')).toEqual([])
      expect(await queue.countLone()).toBe(1)
      await store.requestCancel('local', twice, { at: subject.now(), by: 'user' })
      expect(await queue.countLone()).toBe(0)
      expect(await claimIds('w1')).toEqual([twice])
    })

    test('extend prolongs what is named and held, and nothing else', async () => {
      const [kept = '', forgotten = ''] = await enqueue('local', 2)
      await queue.claim('w1', plenty)
      subject.advance(LEASE_MS - 1)
      const held = [{ generationId: kept, epoch: 1 }]
      expect(await queue.extend('w1', held, LEASE_MS)).toEqual({ lost: [], cancel: [] })
      subject.advance(1)
      const reaped = await queue.reap({ now: subject.now() })
      expect(reaped.map((job) => job.generationId)).toEqual([forgotten])
      subject.advance(LEASE_MS - 1)
      expect(await queue.reap({ now: subject.now() })).toHaveLength(1)
    })

    test('extend tells which jobs are lost and which someone asked to cancel', async () => {
      const ids = await enqueue('local', 4)
      const [taken = '', ended = '', unwanted = '', fine = ''] = ids
      await queue.claim('w1', plenty)
      await queue.release({ generationId: taken, epoch: 1 }, { status: 'drained' })
      await queue.claimOne('w1', taken, LEASE_MS)
      await store.settle(ended, { ...emptyAnswer(), status: 'completed' }, subject.now())
      await store.requestCancel('local', unwanted, { at: subject.now(), by: 'user' })
      const held = ids.map((generationId) => ({ generationId, epoch: 1 }))
      expect(await queue.extend('w1', held, LEASE_MS)).toEqual({ lost: [taken, ended], cancel: [unwanted] })
      expect(await queue.extend('w2', [{ generationId: fine, epoch: 1 }], LEASE_MS)).toEqual({
        lost: [fine],
        cancel: [],
      })
    })

    test('giving back after a drain is no lost attempt, giving back as lost is one', async () => {
      const [id = ''] = await enqueue('local', 1)
      await queue.claim('w1', plenty)
      expect(await queue.release({ generationId: id, epoch: 1 }, { status: 'drained' })).toBe(true)
      expect(await queue.claim('w1', plenty)).toMatchObject([{ epoch: 2, previous: 'drained', lostAttempts: 0 }])
      expect(await queue.release({ generationId: id, epoch: 2 }, { status: 'recovering' })).toBe(true)
      expect(await queue.claim('w1', plenty)).toMatchObject([{ epoch: 3, previous: 'worker-lost', lostAttempts: 1 }])
    })

    test('only the current epoch can give back, and only once', async () => {
      const [id = ''] = await enqueue('local', 1)
      await queue.claim('w1', plenty)
      subject.advance(LEASE_MS)
      await queue.reap({ now: subject.now() })
      expect(await queue.release({ generationId: id, epoch: 1 }, { status: 'drained' })).toBe(false)
      await queue.claim('w2', plenty)
      expect(await queue.release({ generationId: id, epoch: 2 }, { status: 'drained' })).toBe(false)
      expect(await queue.release({ generationId: id, epoch: 3 }, { status: 'drained' })).toBe(true)
      expect(await queue.release({ generationId: id, epoch: 3 }, { status: 'drained' })).toBe(false)
    })

    test('a cancelled job is handed out at once, so that a worker ends it (P4)', async () => {
      const [running = '', waiting = '', queued = ''] = await enqueue('local', 3)
      const bounded = { ...plenty, maxRunningPerUser: 1 }
      await queue.claimOne('w1', running, LEASE_MS)
      await queue.claimOne('w1', waiting, LEASE_MS)
      await queue.release({ generationId: waiting, epoch: 1 }, { status: 'waiting', dueAt: subject.now() + 60_000 })
      expect(await queue.claim('w1', bounded)).toEqual([])
      for (const id of [waiting, queued]) await store.requestCancel('local', id, { at: subject.now(), by: 'user' })
      const jobs = await queue.claim('w1', bounded)
      expect(jobs).toMatchObject([
        { generationId: waiting, cancelRequested: true },
        { generationId: queued, cancelRequested: true },
      ])
    })

    test('the position counts the jobs of the same user that stand before', async () => {
      await enqueue('other', 1)
      const ids = await enqueue('local', 3)
      await enqueue('other', 1)
      const positions = () => Promise.all(ids.map((id) => queue.position(id)))
      expect(await positions()).toEqual([0, 1, 2])
      await queue.claimOne('w1', ids[0] ?? '', LEASE_MS)
      expect(await positions()).toEqual([undefined, 0, 1])
      expect(await queue.position(subject.newId())).toBeUndefined()
    })
  })
}

const request: GenerationRequest = {
  provider: 'demo',
  model: 'chat',
  requestedModel: 'demo/chat',
  systemPrompt: 'Be brief.',
  parameters: { temperature: 0.5, stop: ['\n'] },
  branch: { leafId: 'leaf' },
}
