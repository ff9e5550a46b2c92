import { expect, test } from 'vitest'
import type { CancelTrial } from './cancel-trial.ts'
import { findCancelFaults, judgeCancels } from './judge-cancels.ts'

function trial(stream: number, moment: CancelTrial['moment'] = 'writing'): CancelTrial {
  return { moment, stream, sentMs: 1_000, receiptMs: 5, endMs: 6, receiptTellsClose: true, faults: [] }
}

const trials = Array.from({ length: 100 }, (_, stream) => trial(stream))
const cut = trials.map(({ stream }) => ({ stream, closedMs: 1_010 + stream, sentTokens: 1 }))

test('the time to the close is counted from the cancel, on one clock', () => {
  const p99 = judgeCancels('idle', trials, cut).find(({ what }) => what.endsWith('closed, p99'))
  expect(p99).toMatchObject({ measured: '108 ms', reached: false })
  const quicker = cut.map((reply) => ({ ...reply, closedMs: reply.closedMs - 8 }))
  expect(judgeCancels('idle', trials, quicker).find(({ what }) => what.endsWith('closed, p99'))?.reached).toBe(true)
})

test('a model that was asked and never disconnected is a fault, and so is a token that is missing', () => {
  expect(findCancelFaults(trials, cut)).toEqual([])
  expect(findCancelFaults(trials, cut.slice(1))).toEqual(['stream 0: its upstream was never closed'])
  expect(findCancelFaults([trial(7, 'at-once')], [])).toEqual([])
  expect(findCancelFaults([{ ...trial(7), faults: ['lost'] }], [{ stream: 7, closedMs: 1, sentTokens: 1 }])).toEqual([
    'lost',
  ])
})
