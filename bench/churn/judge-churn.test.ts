import { expect, test } from 'vitest'
import { judgeChurn, type Observation } from './judge-churn.ts'
import type { ProcessState } from './observe-server.ts'

const MIB = 2 ** 20
const wobble = [0, 9_000, -7_000, 4_000, -2_000, 6_000]

function observe(change: (step: number) => Partial<ProcessState>): Observation[] {
  return wobble.map((bytes, step) => {
    const calm: ProcessState = {
      pid: 1,
      role: 'api',
      heapBytes: [20 * MIB + bytes, 15 * MIB - bytes],
      fileDescriptors: 40,
      handles: 7,
      residentBytes: 100 * MIB,
    }
    return { operations: step * 1_000, processes: [{ ...calm, ...change(step) }] }
  })
}

function grown(observations: Observation[]): string[] {
  return judgeChurn('attach', observations).flatMap(({ what, reached }) => (reached === false ? what : []))
}

test('what wobbles is flat', () => {
  expect(grown(observe(() => ({})))).toEqual([])
})

test('one object forgotten at each operation is found, in whichever thread', () => {
  const leak = (step: number) => step * 1_000 * 64
  const main = observe((step) => ({ heapBytes: [20 * MIB + leak(step), 15 * MIB] }))
  const thread = observe((step) => ({ heapBytes: [20 * MIB, 15 * MIB + leak(step)] }))
  expect(grown(main)).toEqual(['attach: api, heap of its main thread'])
  expect(grown(thread)).toEqual(['attach: api, heap of its database thread'])
})

test('of a run that is too short the heap is told but not judged', () => {
  const short = observe((step) => ({ heapBytes: [20 * MIB + step * 64_000] })).slice(0, 5)
  expect(judgeChurn('attach', short).find(({ what }) => what.includes('heap'))).toMatchObject({ reached: undefined })
  expect(grown(short)).toEqual([])
})

test('one descriptor or handle forgotten in a thousand operations is found', () => {
  expect(grown(observe((step) => ({ fileDescriptors: 40 + step })))).toEqual(['attach: api, file descriptors'])
  expect(grown(observe((step) => ({ handles: 7 + step })))).toEqual(['attach: api, handles'])
})
