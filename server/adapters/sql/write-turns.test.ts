import { expect, test, vi } from 'vitest'
import { createWriteTurns } from './write-turns.ts'

const busy = Object.assign(new Error('database is locked'), { errcode: 5 })

/** Writes that find the database locked for as long as `locked` says so. */
function locks(patienceMs?: number) {
  const state = { locked: true, done: [] as string[], refused: [] as string[] }
  const turns = createWriteTurns(patienceMs)
  const add = (name: string, failure?: Error): void =>
    turns.add(
      () => {
        if (state.locked) throw busy
        if (failure) throw failure
        state.done.push(name)
      },
      (error) => void state.refused.push(`${name}: ${(error as Error).message}`),
    )
  return { state, turns, add }
}

test('what finds the database locked waits its turn, and the order stays', async () => {
  const { state, turns, add } = locks()
  for (const name of ['a', 'b', 'c']) add(name)
  await new Promise((resolve) => setTimeout(resolve, 30))
  expect(state.done).toEqual([])
  state.locked = false
  await turns.idle()
  expect(state).toMatchObject({ done: ['a', 'b', 'c'], refused: [] })
})

test('a write comes after those that wait, although the lock was just given back', async () => {
  const { state, turns, add } = locks()
  add('a')
  state.locked = false
  add('b')
  await turns.idle()
  expect(state.done).toEqual(['a', 'b'])
})

test('nobody waits longer than its patience, however many wait before it', async () => {
  vi.useFakeTimers()
  const { state, add } = locks(1_000)
  add('a')
  await vi.advanceTimersByTimeAsync(500)
  add('b')
  await vi.advanceTimersByTimeAsync(520)
  expect(state.refused).toEqual(['a: database is locked'])
  await vi.advanceTimersByTimeAsync(500)
  expect(state.refused).toEqual(['a: database is locked', 'b: database is locked'])
  vi.useRealTimers()
})

test('a write that fails for another reason is refused and keeps nobody waiting', async () => {
  const { state, turns, add } = locks()
  add('a', new Error('disk I/O error'))
  add('b')
  state.locked = false
  await turns.idle()
  expect(state).toMatchObject({ done: ['b'], refused: ['a: disk I/O error'] })
})

test('in a hurry the patience of those who wait already is cut short', async () => {
  const { state, turns, add } = locks()
  add('a')
  turns.hurry(20)
  await turns.idle()
  expect(state.refused).toEqual(['a: database is locked'])
})
