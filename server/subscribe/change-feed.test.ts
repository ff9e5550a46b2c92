import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { EmbeddedBackend } from '#server/adapters/sql/embedded-backend.ts'
import type { Conversation, Store } from '#server/ports/store.ts'
import { openBackend } from '#test/app/open-backend.ts'
import { createChangeFeed, type ChangeFeed, type ChangeListener } from './change-feed.ts'

const silent = { error() {}, warn() {}, info() {} }
const feeds: ChangeFeed[] = []

let backend: EmbeddedBackend
let user: string

beforeAll(async () => {
  backend = await openBackend()
})
afterAll(() => backend.close())
beforeEach(() => {
  user = randomUUID()
})
afterEach(() => {
  for (const feed of feeds.splice(0)) feed.close()
})

function openChangeFeed(deps: Partial<Parameters<typeof createChangeFeed>[0]> = {}): ChangeFeed {
  const feed = createChangeFeed({
    store: backend.store,
    changes: backend.changes,
    logger: silent,
    pollMs: 60_000,
    ...deps,
  })
  feeds.push(feed)
  return feed
}

interface Collected {
  listener: ChangeListener
  told: Conversation[]
  revisions: () => number[]
}

function collect(feed: ChangeFeed, since = 0, takes: () => boolean = () => true, userId = user): Collected {
  const told: Conversation[] = []
  const listener = feed.listen(userId, since, {
    changed(conversation) {
      if (!takes()) return false
      told.push(conversation)
      return true
    },
    failed: () => {},
  })
  return { listener, told, revisions: () => told.map(({ revision }) => revision) }
}

async function create(count = 1, userId = user): Promise<Conversation[]> {
  const made: Conversation[] = []
  for (let index = 0; index < count; index++) {
    made.push(await backend.store.createConversation({ id: randomUUID(), userId, title: null, now: 1 }))
  }
  return made
}

const revisionsOf = (conversations: Conversation[]): number[] => conversations.map(({ revision }) => revision)

/** The calls of the store, counted, each held up for as long as `hold` says. */
function countedStore(hold: () => Promise<void> = async () => {}) {
  const calls = { listChanges: 0, readRevisions: 0 }
  const store: Pick<Store, 'listChanges' | 'readRevisions'> = {
    async listChanges(...args) {
      calls.listChanges++
      const page = await backend.store.listChanges(...args)
      await hold()
      return page
    },
    readRevisions(userIds) {
      calls.readRevisions++
      return backend.store.readRevisions(userIds)
    },
  }
  return { calls, store }
}

describe('a change feed', () => {
  test('tells what has changed since the revision, over several pages, and then what comes', async () => {
    const before = await create(3)
    const since = before[2]?.revision
    const made = await create(130)
    const collected = collect(openChangeFeed(), since)
    await expect.poll(() => collected.told.length).toBe(130)
    made.push(...(await create(2)))
    await expect.poll(() => collected.revisions()).toEqual(revisionsOf(made))
    expect(collected.listener.revision).toBe(made.at(-1)?.revision)
  })

  test('reads the store once a ring, however many listen, and hands all of them the same rows', async () => {
    const { calls, store } = countedStore()
    const feed = openChangeFeed({ store })
    const all = Array.from({ length: 50 }, () => collect(feed))
    await expect.poll(() => calls.listChanges).toBe(50)
    await new Promise((resolve) => setTimeout(resolve, 20))
    const [made] = await create()
    await expect.poll(() => all.every(({ told }) => told.length === 1)).toBe(true)
    expect(calls.listChanges).toBe(51)
    expect(new Set(all.map(({ told }) => told[0])).size).toBe(1)
    expect(all[0]?.told[0]?.id).toBe(made?.id)
  })

  test('P10: listeners that come at any time, pause and go on, while changes are made, get each once and in order', async () => {
    const { store } = countedStore(() => new Promise((resolve) => setTimeout(resolve, Math.random() * 4)))
    const feed = openChangeFeed({ store })
    const all: (Collected & { since: number })[] = []
    const made: Conversation[] = []
    for (let round = 0; round < 60; round++) {
      made.push(...(await create()))
      const since = made[Math.floor(Math.random() * made.length)]?.revision ?? 0
      const collected = collect(feed, since, () => Math.random() < 0.8)
      all.push({ ...collected, since })
      for (const { listener } of all) if (Math.random() < 0.3) listener.resume()
    }
    const expected = (since: number) => revisionsOf(made).filter((revision) => revision > since)
    await expect
      .poll(
        () => {
          for (const { listener } of all) listener.resume()
          return all.every(({ told, since }) => told.length >= expected(since).length)
        },
        { timeout: 15_000 },
      )
      .toBe(true)
    for (const { revisions, since } of all) expect(revisions()).toEqual(expected(since))
  }, 30_000)

  test('one that takes nothing costs nothing, and goes on with the very change that it refused', async () => {
    const { calls, store } = countedStore()
    const feed = openChangeFeed({ store })
    let takes = true
    const collected = collect(feed, 0, () => takes)
    const made = await create()
    await expect.poll(() => collected.told.length).toBe(1)
    takes = false
    made.push(...(await create()))
    await new Promise((resolve) => setTimeout(resolve, 20))
    const before = calls.listChanges
    made.push(...(await create(10)))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(calls.listChanges).toBe(before)
    takes = true
    collected.listener.resume()
    await expect.poll(() => collected.revisions()).toEqual(revisionsOf(made))
  })

  test('rings that come while the store is read make one more read of it, not one each', async () => {
    const held: (() => void)[] = []
    const { calls, store } = countedStore(() => new Promise((resolve) => held.push(resolve)))
    const feed = openChangeFeed({ store })
    const collected = collect(feed)
    await expect.poll(() => held.length).toBe(1)
    const made = await create(20)
    held[0]?.()
    await expect.poll(() => held.length).toBe(2)
    held[1]?.()
    await expect.poll(() => collected.revisions()).toEqual(revisionsOf(made))
    expect(calls.listChanges).toBe(2)
  })

  test('what no ring announced is found by one poll for all users', async () => {
    const { calls, store } = countedStore()
    const feed = openChangeFeed({ store, changes: { listen: () => () => {} }, pollMs: 50 })
    const others = Array.from({ length: 5 }, () => randomUUID())
    const all = others.map((userId) => collect(feed, 0, () => true, userId))
    await expect.poll(() => calls.listChanges).toBe(5)
    const polls = calls.readRevisions
    for (const userId of others) await create(1, userId)
    await expect.poll(() => all.every(({ told }) => told.length === 1)).toBe(true)
    expect(calls.readRevisions - polls).toBeLessThan(20)
    const reads = calls.listChanges
    const later = calls.readRevisions
    await expect.poll(() => calls.readRevisions).toBeGreaterThan(later + 3)
    expect(calls.listChanges).toBe(reads)
  })

  test('users are told of their own conversations only', async () => {
    const feed = openChangeFeed()
    const mine = collect(feed)
    const other = randomUUID()
    const theirs = collect(feed, 0, () => true, other)
    const made = await create(3)
    await expect.poll(() => mine.revisions()).toEqual(revisionsOf(made))
    expect(theirs.told).toEqual([])
  })

  test('a store that fails is asked again, and nothing is stepped over', async () => {
    let fails = true
    const { store } = countedStore(async () => {
      if (fails) throw new Error('locked')
    })
    const feed = openChangeFeed({ store, pollMs: 20 })
    const collected = collect(feed)
    const made = await create(3)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(collected.told).toEqual([])
    fails = false
    await expect.poll(() => collected.revisions()).toEqual(revisionsOf(made))
  })

  test('one whose first read failed while the others were told of something is not told of that alone', async () => {
    const made = await create(2)
    const calls: { since: number; answer: PromiseWithResolvers<void> }[] = []
    const feed = openChangeFeed({
      pollMs: 20,
      store: {
        ...backend.store,
        async listChanges(userId, page) {
          const answer = Promise.withResolvers<void>()
          calls.push({ since: page.since, answer })
          await answer.promise
          return backend.store.listChanges(userId, page)
        },
      },
    })
    const live = collect(feed, made[0]?.revision)
    calls[0]?.answer.resolve()
    await expect.poll(() => live.told.length).toBe(1)
    await new Promise((resolve) => setImmediate(resolve))
    made.push(...(await create(1)))
    await expect.poll(() => calls.length).toBe(2)
    const late = collect(feed, 0)
    calls[2]?.answer.reject(new Error('locked'))
    await new Promise((resolve) => setImmediate(resolve))
    const release = setInterval(() => {
      for (const { answer } of calls) answer.resolve()
    }, 5)
    await expect.poll(() => late.revisions()).toEqual(revisionsOf(made))
    clearInterval(release)
    expect(live.revisions()).toEqual(revisionsOf(made.slice(1)))
  })

  test('a listener that throws is told so and gone; the others go on', async () => {
    const feed = openChangeFeed()
    let failed = 0
    feed.listen(user, 0, {
      changed() {
        throw new Error('no')
      },
      failed: () => failed++,
    })
    const other = collect(feed)
    const made = await create(2)
    await expect.poll(() => other.revisions()).toEqual(revisionsOf(made))
    expect(failed).toBe(1)
    expect(feed.count()).toEqual({ listeners: 1, users: 1 })
  })

  test('once the last has stopped nothing is read or kept any more', async () => {
    const { calls, store } = countedStore()
    const feed = openChangeFeed({ store, pollMs: 10 })
    const all = [collect(feed), collect(feed), collect(feed, 0, () => true, randomUUID())]
    await expect.poll(() => calls.readRevisions).toBeGreaterThan(1)
    for (const { listener } of all) listener.stop()
    for (const { listener } of all) listener.stop()
    expect(feed.count()).toEqual({ listeners: 0, users: 0 })
    const before = { ...calls }
    await create(2)
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(calls.listChanges).toBe(before.listChanges)
    expect(calls.readRevisions - before.readRevisions).toBeLessThan(2)
  })
})
