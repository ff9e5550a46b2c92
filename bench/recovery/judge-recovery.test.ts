import { expect, test } from 'vitest'
import { judgeRecovery } from './judge-recovery.ts'
import type { Kill } from './kill-workers.ts'

function kill(...nextAttemptMs: number[]): Kill {
  return { recoveringMs: nextAttemptMs.map(() => 5), nextAttemptMs, nextTokenMs: nextAttemptMs.map((ms) => ms + 20) }
}

function slowest(kills: Kill[]) {
  return judgeRecovery(1, kills).find(({ what }) => what.endsWith('next attempt, max'))
}

test('the slowest answer of the slowest kill has to be in time', () => {
  expect(slowest([kill(100, 200), kill(300, 10)])).toMatchObject({ measured: '300 ms', reached: true })
  expect(slowest([kill(100, 200), kill(10, 301)])?.reached).toBe(false)
})

test('a kill that hit no answer tells nothing, and none at all reaches nothing', () => {
  expect(judgeRecovery(2, [kill(), kill(50, 60)])[0]?.measured).toBe('1; 2')
  expect(slowest([kill()])?.reached).toBe(false)
})
