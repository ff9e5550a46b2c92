import { expect, test } from 'vitest'
import { judge } from './judge.ts'
import type { Measurement } from './measure.ts'
import { listScenarios, type Goal } from './scenarios.ts'

const [busy, bulk, , open] = listScenarios(false)

const floor: Measurement = {
  started: 1000,
  completed: 1000,
  planned: 1000,
  problems: { count: 0, first: [] },
  windowTokens: 500_000,
  latency: { count: 1, p50: 1, p99: 10, max: 20 },
  firstToken: { count: 1, p50: 1, p99: 10, max: 20 },
  tokens: 500_000,
  durationMs: 10_000,
  windowMs: 10_000,
  cpuMs: 10_000,
  idleBytes: 0,
  loadedBytes: 2_000 * 40 * 1024,
  mockBusy: 0,
  clientBusy: 0,
  othersBusy: 0,
}

function judgeOne(scenario: typeof busy, ours: Measurement | undefined, goal: Goal, what: string) {
  if (!scenario) throw new Error('no such scenario')
  return judge(scenario, floor, ours, new Set([goal])).find((verdict) => verdict.what === what)
}

test('processor time is set against the floor of the same run', () => {
  const verdict = (cpuMs: number) => judgeOne(busy, { ...floor, cpuMs }, 'G1', 'CPU per token')
  expect(verdict(12_000)).toMatchObject({ floor: '20.0 µs', ours: '24.0 µs', ratio: '1.20×', reached: true })
  expect(verdict(13_000)).toMatchObject({ ratio: '1.30×', reached: false })
})

test('a load that was not held or a stream that did not start misses the goal', () => {
  expect(judgeOne(busy, { ...floor, windowTokens: 480_000 }, 'G1', 'tokens/s')?.reached).toBe(false)
  expect(judgeOne(busy, { ...floor, started: 999 }, 'G1', 'streams that started')?.reached).toBe(false)
  expect(judgeOne(busy, floor, 'G1', 'streams that started')?.reached).toBe(true)
})

test('more throughput is better, more memory is not', () => {
  expect(judgeOne(bulk, { ...floor, durationMs: 8_000 }, 'G3', 'tokens/s')).toMatchObject({
    ratio: '1.25×',
    reached: true,
  })
  expect(judgeOne(bulk, { ...floor, durationMs: 9_000 }, 'G3', 'tokens/s')?.reached).toBe(false)
  const grown = { ...floor, loadedBytes: 2_000 * 61 * 1024 }
  expect(judgeOne(open, grown, 'G5', 'memory per stream')).toMatchObject({ ours: '61.0 KiB', reached: false })
})

test('what was not measured reached nothing, and what was not asked for is left out', () => {
  expect(judgeOne(busy, undefined, 'G1', 'CPU per token')).toMatchObject({ ours: '', ratio: '', reached: undefined })
  expect(
    judgeOne(busy, { ...floor, latency: { count: 0, p50: NaN, p99: NaN, max: NaN } }, 'G2', 'latency per token, p50')
      ?.reached,
  ).toBe(false)
  expect(judgeOne(busy, floor, 'G2', 'CPU per token')).toBeUndefined()
})
