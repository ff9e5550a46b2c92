import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Sequence, Token } from './llama-runtime.ts'
import { prefill } from './prefill.ts'

/** Reads so many tokens a millisecond. */
function sequence(tokensPerMs: number, alreadyRead = 0) {
  const read: number[] = []
  const played: Sequence = {
    nextTokenIndex: 0,
    tokenMeter: { usedOutputTokens: 0 },
    adaptStateToTokens: async () => void (played.nextTokenIndex = alreadyRead),
    async evaluateWithoutGeneratingNewTokens(tokens) {
      read.push(tokens.length)
      await sleep(tokens.length / tokensPerMs)
    },
  }
  return { played, read }
}

const tokens = (count: number): Token[] => Array.from({ length: count }, (_, index) => index)
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)

test('reads all but the last token, in steps that grow', async () => {
  const { played, read } = sequence(1_000)
  await prefill(played, tokens(4_000), new AbortController().signal)
  expect(sum(read)).toBe(3_999)
  expect(read.slice(0, 5)).toEqual([32, 64, 128, 256, 512])
})

test('what was read for the answer before is not read again', async () => {
  const { played, read } = sequence(1_000, 90)
  await prefill(played, tokens(100), new AbortController().signal)
  expect(sum(read)).toBe(9)
})

test('a slow machine takes small steps, so that a stop is noticed soon', async () => {
  const { played, read } = sequence(0.1)
  const stop = new AbortController()
  const reading = prefill(played, tokens(4_000), stop.signal)
  await sleep(600)
  stop.abort()
  await reading
  expect(read.length).toBeGreaterThan(1)
  expect(Math.max(...read.slice(1))).toBeLessThanOrEqual(16)
})
