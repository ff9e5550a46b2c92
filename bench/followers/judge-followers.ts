import { atMost, figure, kibibytes, mebibytes, micros, millis, times, type Finding } from '../finding.ts'
import type { Spread } from '../percentile.ts'
import type { FanOutStep } from './fan-out.ts'
import type { SilentReaders } from './silent-readers.ts'

const GOAL = 'G6'
const EXTRA_FOLLOWER = 0.25
/** For a reader that does not read the API keeps a backlog of 256 KiB and one read of as much beyond it. */
const SILENT_READER_BYTES = 640 * 1024
/** Two windows of one load differ by as much on a machine that others use too. */
const NOISE_SHARE = 0.5
const NOISE_MS = 5

/** What each further follower costs beside the first one. */
export function judgeFanOut(steps: readonly FanOutStep[]): Finding[] {
  const one = steps.find(({ followers }) => followers === 1)
  if (!one) return []
  const first = microsPerToken(one)
  const findings: Finding[] = []
  for (const step of steps) {
    const { followers } = step
    const what = followers === 0 ? 'CPU of the API per token, nobody follows' : `… ${followers} followers together`
    findings.push(figure(GOAL, what, micros(microsPerToken(step))))
  }
  const none = steps.find(({ followers }) => followers === 0)
  if (none) findings.push(figure(GOAL, '… more with the first follower', micros(first - microsPerToken(none))))
  for (const step of steps) {
    const { followers } = step
    if (followers <= 1) continue
    const extra = (microsPerToken(step) - first) / (followers - 1)
    findings.push(
      figure(GOAL, `each extra follower and token, of ${followers}`, micros(extra)),
      atMost(GOAL, `… of the first one's`, extra / first, EXTRA_FOLLOWER, times),
      figure(GOAL, `latency of ${followers} followers, p50 and p99`, `${millis(step.p50Ms)}, ${millis(step.p99Ms)}`),
    )
  }
  return findings
}

/** Whether readers that never read hurt the others or the API. */
export function judgeSilentReaders(measured: SilentReaders): Finding[] {
  const { readers, silent, before, attaching, beside, after, unreadBytes } = measured
  const { heldBefore, heldBeside, residentBefore, residentBeside } = measured
  const spread = ({ p50, p99 }: Spread) => `${millis(p50)}, ${millis(p99)}`
  const grown = (heldBeside - heldBefore) / silent
  const calm = (read: (latency: Spread) => number) => Math.max(read(before.latency), read(after.latency))
  const within = (what: string, read: (latency: Spread) => number) =>
    atMost(GOAL, what, read(beside.latency), calm(read) * (1 + NOISE_SHARE) + NOISE_MS, millis)
  return [
    figure(GOAL, `latency of ${readers} readers alone, p50 and p99`, spread(before.latency)),
    figure(GOAL, `… while ${silent} silent ones attach`, spread(attaching.latency)),
    figure(GOAL, `… when they have gone`, spread(after.latency)),
    within(`… beside ${silent} that never read, p50`, ({ p50 }) => p50),
    within(`… beside ${silent} that never read, p99`, ({ p99 }) => p99),
    figure(GOAL, 'resident memory of the API, before and beside', inMebibytes(residentBefore, residentBeside)),
    figure(GOAL, '… held after a collection, before and beside', inMebibytes(heldBefore, heldBeside)),
    atMost(GOAL, `… held for each, of ${mebibytes(unreadBytes)} unread`, grown, SILENT_READER_BYTES, kibibytes),
  ]
}

function inMebibytes(one: number, other: number): string {
  return `${mebibytes(one)}, ${mebibytes(other)}`
}

function microsPerToken({ cpuMs, generationTokens }: FanOutStep): number {
  return (cpuMs * 1000) / generationTokens
}
