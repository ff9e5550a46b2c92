import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { LiveGeneration } from '#protocol/api/feed.ts'
import type { LogRow } from '#server/ports/event-log.ts'
import { createKnownGenerations, type KnownGeneration } from './known-generations.ts'
import type { StateRowWatcher } from './log-tail.ts'
import { createStateWatch } from './state-watch.ts'

const silent = { error() {}, warn() {}, info() {} }

function row(generationId: string, seq: number, event: { type: LogRow['type']; [key: string]: unknown }): LogRow {
  return { generationId, epoch: 1, seq, version: 1, type: event.type, json: JSON.stringify(event) }
}

/** A watch over rows that the test hands out itself, and over generations that it knows. */
function openWatch() {
  const owners = new Map<string, KnownGeneration>()
  const watchers = new Set<StateRowWatcher>()
  const delays: Promise<void>[] = []
  let lookUps = 0
  const watch = createStateWatch({
    tail: {
      watchStates(watcher) {
        watchers.add(watcher)
        return () => watchers.delete(watcher)
      },
    },
    known: {
      async find(generationId) {
        lookUps++
        await delays.shift()
        return owners.get(generationId)
      },
    },
    logger: silent,
  })
  return {
    watch,
    watchers,
    delays,
    lookUps: () => lookUps,
    own(userId: string, purpose: KnownGeneration['purpose'] = 'answer'): string {
      const id = randomUUID()
      owners.set(id, { userId, purpose, conversationId: 'c', messageId: 'm' })
      return id
    },
    rows: (...rows: LogRow[]) => watchers.forEach((watcher) => watcher.rows(rows)),
    missed: () => watchers.forEach((watcher) => watcher.missed()),
  }
}

function collect() {
  const told: LiveGeneration[] = []
  let missed = 0
  return {
    told,
    missed: () => missed,
    listener: { changed: (generation: LiveGeneration) => void told.push(generation), missed: () => void missed++ },
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('tells each user how their own answers stand, in the order of the log', async () => {
  const scene = openWatch()
  const [one, two] = [collect(), collect()]
  scene.watch.listen('one', one.listener)
  scene.watch.listen('two', two.listener)
  const mine = scene.own('one')
  const theirs = scene.own('two')
  scene.rows(
    row(mine, 1, { type: 'attempt-start' }),
    row(theirs, 1, { type: 'attempt-start' }),
    row(mine, 2, { type: 'state', code: 'connecting' }),
    row(mine, 3, { type: 'state', code: 'waiting' }),
    row(mine, 4, { type: 'state', code: 'recovering' }),
  )
  scene.rows(row(mine, 5, { type: 'attempt-start' }), row(mine, 9, { type: 'end', status: 'failed' }))
  await settled()
  expect(one.told.map(({ status }) => status)).toEqual(['running', 'waiting', 'recovering', 'running', 'failed'])
  expect(two.told).toEqual([{ id: theirs, conversationId: 'c', messageId: 'm', status: 'running' }])
})

test('titles are not told, nor what nobody knows', async () => {
  const scene = openWatch()
  const one = collect()
  scene.watch.listen('one', one.listener)
  scene.rows(
    row(scene.own('one', 'title'), 1, { type: 'attempt-start' }),
    row('gone', 1, { type: 'end', status: 'failed' }),
  )
  await settled()
  expect(one.told).toEqual([])
})

test('a slow look-up lets no later state of the same answer pass', async () => {
  const scene = openWatch()
  const one = collect()
  scene.watch.listen('one', one.listener)
  const mine = scene.own('one')
  const slow = Promise.withResolvers<void>()
  scene.delays.push(slow.promise)
  scene.rows(row(mine, 1, { type: 'attempt-start' }))
  scene.rows(row(mine, 2, { type: 'end', status: 'completed' }))
  await settled()
  slow.resolve()
  await expect.poll(() => one.told.map(({ status }) => status)).toEqual(['running', 'completed'])
})

test('what passed by before a gap is not told after it', async () => {
  const scene = openWatch()
  const one = collect()
  scene.watch.listen('one', one.listener)
  const mine = scene.own('one')
  const slow = Promise.withResolvers<void>()
  scene.delays.push(slow.promise)
  scene.rows(row(mine, 1, { type: 'attempt-start' }), row(mine, 2, { type: 'state', code: 'waiting' }))
  scene.missed()
  slow.resolve()
  await settled()
  scene.rows(row(mine, 9, { type: 'end', status: 'completed' }))
  await expect.poll(() => one.told.map(({ status }) => status)).toEqual(['completed'])
  expect(one.missed()).toBe(1)
})

test('when a look-up fails everybody is told that something was missed', async () => {
  const scene = openWatch()
  const one = collect()
  scene.watch.listen('one', one.listener)
  scene.delays.push(Promise.reject(new Error('locked')))
  scene.rows(row(scene.own('one'), 1, { type: 'attempt-start' }))
  await expect.poll(() => one.missed()).toBe(1)
})

test('nobody listening, nothing is watched or looked up', async () => {
  const scene = openWatch()
  const [one, two] = [collect(), collect()]
  const stopOne = scene.watch.listen('one', one.listener)
  const stopTwo = scene.watch.listen('one', two.listener)
  stopOne()
  stopOne()
  expect(scene.watchers.size).toBe(1)
  stopTwo()
  expect(scene.watchers.size).toBe(0)
  expect(scene.lookUps()).toBe(0)
})

test('a generation is asked for once, and the oldest are forgotten', async () => {
  const asked: string[] = []
  const known = createKnownGenerations(
    {
      async findGeneration(id) {
        asked.push(id)
        if (id === 'none') return undefined
        return { userId: id, conversationId: null, messageId: null, purpose: 'answer' } as never
      },
    },
    2,
  )
  for (const id of ['a', 'b', 'a', 'none', 'none', 'c', 'b', 'a']) await known.find(id)
  expect(asked).toEqual(['a', 'b', 'none', 'none', 'c', 'a'])
})
