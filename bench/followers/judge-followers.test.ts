import { expect, test } from 'vitest'
import type { Finding } from '../finding.ts'
import type { FanOutStep } from './fan-out.ts'
import { judgeFanOut, judgeSilentReaders } from './judge-followers.ts'
import type { SilentReaders } from './silent-readers.ts'

function step(followers: number, cpuMs: number): FanOutStep {
  return { followers, cpuMs, windowMs: 8_000, generationTokens: 8_000, frames: 1, p50Ms: 1, p99Ms: 2 }
}

function reached(findings: Finding[], what: string): boolean | undefined {
  return findings.find((finding) => finding.what.includes(what) && finding.reached !== undefined)?.reached
}

test('an extra follower is what many cost beyond the first, shared among the others', () => {
  // The first takes 100 µs a token; 200 take 5,075 µs, so 199 take 25 µs each.
  const verdict = (cpuMs: number) => judgeFanOut([step(1, 800), step(200, cpuMs)])
  expect(verdict(40_600)).toContainEqual(expect.objectContaining({ measured: '0.25×', reached: true }))
  expect(reached(verdict(42_000), 'first')).toBe(false)
  expect(judgeFanOut([step(200, 100)])).toEqual([])
})

const calm = { tokens: 1, frames: 1, latency: { count: 1, p50: 10, p99: 20, max: 30 } }
const measured: SilentReaders = {
  readers: 150,
  silent: 50,
  before: calm,
  attaching: calm,
  beside: calm,
  after: calm,
  heldBefore: 30 * 2 ** 20,
  heldBeside: 50 * 2 ** 20,
  residentBefore: 100 * 2 ** 20,
  residentBeside: 200 * 2 ** 20,
  unreadBytes: 7 * 2 ** 20,
}

test('silent readers may change nothing but a bounded amount of memory', () => {
  const slow = { ...calm, latency: { ...calm.latency, p99: 36 } }
  expect(judgeSilentReaders(measured).every((finding) => finding.reached !== false)).toBe(true)
  expect(reached(judgeSilentReaders({ ...measured, beside: slow }), 'p99')).toBe(false)
  expect(reached(judgeSilentReaders({ ...measured, heldBeside: 62 * 2 ** 20 }), 'unread')).toBe(false)
})

test('a machine that is slow also without them is not held against them', () => {
  const slow = { ...calm, latency: { ...calm.latency, p99: 36 } }
  expect(reached(judgeSilentReaders({ ...measured, beside: slow, after: slow }), 'p99')).toBe(true)
})
