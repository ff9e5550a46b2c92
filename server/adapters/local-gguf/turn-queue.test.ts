import { expect, test } from 'vitest'
import { createTurnQueue } from './turn-queue.ts'

function enterAll(names: string[]) {
  const queue = createTurnQueue()
  const turns: string[] = []
  const leave = new Map(names.map((name) => [name, queue.enter(() => turns.push(name))]))
  return { turns, leave: (name: string) => leave.get(name)?.(), queue }
}

test('one after another, in the order in which they came', () => {
  const { turns, leave } = enterAll(['a', 'b', 'c'])
  expect(turns).toEqual(['a'])
  leave('a')
  expect(turns).toEqual(['a', 'b'])
  leave('b')
  leave('c')
  expect(turns).toEqual(['a', 'b', 'c'])
})

test('whoever leaves while waiting disturbs nobody', () => {
  const { turns, leave } = enterAll(['a', 'b', 'c'])
  leave('b')
  expect(turns).toEqual(['a'])
  leave('a')
  expect(turns).toEqual(['a', 'c'])
})

test('leaving twice is leaving once', () => {
  const { turns, leave, queue } = enterAll(['a', 'b', 'c'])
  leave('a')
  leave('a')
  expect(turns).toEqual(['a', 'b'])
  leave('b')
  leave('c')
  queue.enter(() => turns.push('d'))
  expect(turns).toEqual(['a', 'b', 'c', 'd'])
})
