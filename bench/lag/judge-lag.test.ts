import { expect, test } from 'vitest'
import { describePhase, judgeLag, LAG_COLUMNS } from './judge-lag.ts'
import type { LagPhase } from './measure-lag.ts'

const calm = { count: 100, p50: 0.1, p99: 1, max: 2 }
const phase: LagPhase = {
  what: 'idle',
  api: calm,
  worker: calm,
  health: calm,
  reads: undefined,
  readCpuMs: undefined,
  machine: calm,
}

test('a lag that the machine itself has is not held against the server', () => {
  const slow = { ...calm, max: 60 }
  const [idle, reading, shared] = judgeLag([
    phase,
    { ...phase, what: 'reading', api: slow },
    { ...phase, api: slow, machine: slow },
  ])
  expect([idle?.reached, reading?.reached, shared?.reached]).toEqual([true, false, true])
  expect(reading?.measured).toBe('58 ms')
})

test('a loop that was not measured is not free', () => {
  expect(judgeLag([{ ...phase, api: { count: 0, p50: NaN, p99: NaN, max: NaN } }])[0]?.reached).toBe(false)
})

test('a line has what every column says', () => {
  expect(describePhase(phase)).toEqual(['idle', '0.1 / 1 / 2', '0.1 / 1 / 2', '0.1 / 1 / 2', '', '', '0.1 / 1 / 2'])
  expect(describePhase(phase)).toHaveLength(LAG_COLUMNS.length)
})
