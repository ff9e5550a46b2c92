import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { GenerationEvent } from '#protocol/events.ts'
import type { BackendLink } from './backend-link.ts'
import { createGroupCommit, type GroupCommit } from './group-commit.ts'
import type { LogBatch, LogBatchOutcome } from './log-batch.ts'

const delta: GenerationEvent = { type: 'text-delta', text: 'a', at: 1 }
const state: GenerationEvent = { type: 'state', code: 'connecting', at: 1 }
const end: GenerationEvent = { type: 'end', status: 'completed', at: 2 }

/** A thread that answers when it is told to. */
function createSlowLink() {
  const batches: { batch: LogBatch; commit(): void; sync(): void; fail(error: Error): void }[] = []
  const link: Pick<BackendLink, 'commit'> = {
    commit(batch) {
      const committed = Promise.withResolvers<LogBatchOutcome>()
      const synced = Promise.withResolvers<void>()
      const outcome = (): LogBatchOutcome => ({
        opens: batch.opens.map(() => ({ ok: true, lastSeq: 0 })),
        appends: batch.counts.map(() => 0),
        lastSeqs: batch.counts.map((count, index) => (batch.afterSeqs[index] ?? 0) + count),
        added: batch.counts.reduce((sum, count) => sum + count, 0),
        mustReachDisk: batch.opens.length > 0 || batch.types.includes('end'),
      })
      batches.push({
        batch,
        commit: () => committed.resolve(outcome()),
        sync: () => synced.resolve(),
        fail: (error) => committed.reject(error),
      })
      return { committed: committed.promise, synced: synced.promise }
    },
  }
  return { batches, link }
}

describe('group commit', () => {
  test('everything of one turn of the event loop goes out together, whichever callback it came from', async () => {
    const { batches, link } = createSlowLink()
    const group = createGroupCommit(link, () => {})
    void group.append('a', { epoch: 1, afterSeq: 0 }, [delta])
    for (let tick = 0; tick < 20; tick++) await Promise.resolve()
    void group.append('b', { epoch: 1, afterSeq: 0 }, [delta])
    await nextTurn()
    expect(batches.map(({ batch }) => batch.generationIds)).toEqual([['a', 'b']])
  })

  test('what comes while a batch is under way gathers for the next one', async () => {
    const { batches, link } = createSlowLink()
    const group = createGroupCommit(link, () => {})
    const first = group.append('a', { epoch: 1, afterSeq: 0 }, [delta])
    await nextTurn()
    const later = ['b', 'c', 'd'].map(async (id) => {
      await nextTurn()
      return group.append(id, { epoch: 1, afterSeq: 0 }, [delta, delta])
    })
    await nextTurn()
    await nextTurn()
    expect(batches.map(({ batch }) => batch.generationIds)).toEqual([['a']])
    batches[0]?.commit()
    expect(await first).toEqual({ ok: true, lastSeq: 1, repeated: false })
    while (batches.length < 2) await nextTurn()
    expect(batches.map(({ batch }) => batch.generationIds)).toEqual([['a'], ['b', 'c', 'd']])
    batches[1]?.commit()
    expect(await Promise.all(later)).toHaveLength(3)
  })

  test('an append that seals is acknowledged only when it reached the disk, its neighbours at the commit', async () => {
    const { batches, link } = createSlowLink()
    let commits = 0
    const group = createGroupCommit(link, () => commits++)
    let sealed = false
    const sealing = group.append('a', { epoch: 1, afterSeq: 0 }, [end]).then(() => (sealed = true))
    const open = group.append('b', { epoch: 1, afterSeq: 0 }, [delta])
    await nextTurn()
    batches[0]?.commit()
    await open
    await nextTurn()
    expect(commits).toBe(1)
    expect(sealed).toBe(false)
    batches[0]?.sync()
    await sealing
  })

  test('an epoch is open only when it reached the disk: after a power loss none is given out twice', async () => {
    const { batches, link } = createSlowLink()
    const group = createGroupCommit(link, () => {})
    let open = false
    const opening = group.open('a', 1).then(() => (open = true))
    const neighbour = group.append('b', { epoch: 1, afterSeq: 0 }, [delta])
    await nextTurn()
    batches[0]?.commit()
    await neighbour
    await nextTurn()
    expect(open).toBe(false)
    batches[0]?.sync()
    await opening
  })

  test('a batch under way for the disk does not hold up the next commit', async () => {
    const { batches, link } = createSlowLink()
    const group = createGroupCommit(link, () => {})
    void group.append('a', { epoch: 1, afterSeq: 0 }, [end])
    await nextTurn()
    batches[0]?.commit()
    const next = group.append('b', { epoch: 1, afterSeq: 0 }, [delta])
    while (batches.length < 2) await nextTurn()
    batches[1]?.commit()
    expect(await next).toMatchObject({ ok: true })
  })

  test('a batch that fails rejects all of its calls, and the next one goes on', async () => {
    const { batches, link } = createSlowLink()
    const group = createGroupCommit(link, () => {})
    const failing = [group.append('a', { epoch: 1, afterSeq: 0 }, [delta]), group.open('b', 1), group.drop('c')]
    await nextTurn()
    const settled = Promise.allSettled(failing)
    batches[0]?.fail(new Error('disk full'))
    expect((await settled).map((result) => result.status)).toEqual(['rejected', 'rejected', 'rejected'])
    const next = group.open('b', 1)
    while (batches.length < 2) await nextTurn()
    batches[1]?.commit()
    batches[1]?.sync()
    expect(await next).toEqual({ ok: true, lastSeq: 0 })
  })

  test('a flood is cut into batches of a bounded size', async () => {
    const { batches, link } = createSlowLink()
    const group = createGroupCommit(link, () => {})
    const all = Array.from({ length: 100 }, (_, index) =>
      group.append(`${index}`, { epoch: 1, afterSeq: 0 }, Array.from<GenerationEvent>({ length: 100 }).fill(delta)),
    )
    const sizes: number[] = []
    while (sizes.length < 3) {
      await nextTurn()
      const next = batches[sizes.length]
      if (!next) continue
      sizes.push(next.batch.counts.length)
      next.commit()
    }
    expect(sizes).toEqual([40, 40, 20])
    await Promise.all(all)
    await group.idle()
  })
})

describe('the window of group commit', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
  afterEach(() => void vi.useRealTimers())

  const begun = { epoch: 1, afterSeq: 9 }

  /** A group whose first batch, of one delta, was committed at this moment. */
  async function createBusyGroup() {
    const { batches, link } = createSlowLink()
    const group = createGroupCommit(link, () => {})
    const first = group.append('first', begun, [delta])
    await nextTurn()
    batches[0]?.commit()
    await first
    await nextTurn()
    return { batches, group, logs: () => batches.map(({ batch }) => batch.generationIds) }
  }

  test('deltas that follow on a commit wait for 8 ms after its beginning, together', async () => {
    const { group, logs } = await createBusyGroup()
    void group.append('a', begun, [delta])
    await vi.advanceTimersByTimeAsync(7)
    void group.append('b', begun, [delta])
    await nextTurn()
    expect(logs()).toEqual([['first']])
    await vi.advanceTimersByTimeAsync(1)
    expect(logs()).toEqual([['first'], ['a', 'b']])
  })

  test('after a pause a delta goes out in its own turn, and idling sets no timer', async () => {
    const { group, logs } = await createBusyGroup()
    expect(vi.getTimerCount()).toBe(0)
    vi.advanceTimersByTime(8)
    void group.append('a', begun, [delta])
    expect(vi.getTimerCount()).toBe(0)
    await nextTurn()
    expect(logs()).toEqual([['first'], ['a']])
  })

  test.each<[string, (group: GroupCommit) => Promise<unknown>]>([
    ['a state', (group) => group.append('b', begun, [delta, state])],
    ['the end', (group) => group.append('b', begun, [end])],
    ['the first token of an answer', (group) => group.append('b', { epoch: 1, afterSeq: 2 }, [delta])],
    ['an open', (group) => group.open('b', 2)],
    [
      'a crowd of deltas',
      (group) => group.append('b', begun, Array.from<GenerationEvent>({ length: 127 }).fill(delta)),
    ],
  ])('%s does not wait, and takes along what does', async (_name, act) => {
    const { batches, group } = await createBusyGroup()
    void group.append('a', begun, [delta])
    void act(group)
    await nextTurn()
    expect(batches).toHaveLength(2)
    expect(batches[1]?.batch.generationIds).toContain('a')
    expect(vi.getTimerCount()).toBe(0)
  })
})
