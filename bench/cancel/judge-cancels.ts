import { atMost, figure, millis, whole, type Finding } from '../finding.ts'
import { spreadOf } from '../percentile.ts'
import type { CutReply } from '../stream/mock-upstream.ts'
import { MOMENTS, type CancelTrial, type Moment } from './cancel-trial.ts'

const GOAL = 'G9'
/** To the upstream's close, where server and worker share a machine. */
const CLOSE_P99_MS = 100

const WORDS: Record<Moment, string> = {
  'at-once': 'at once after the question',
  waiting: 'before the first token',
  writing: 'in the middle of the answer',
}

/** What was wrong: tokens lost, another end than a cancel, or a model that was never disconnected. */
export function findCancelFaults(trials: readonly CancelTrial[], cut: readonly CutReply[]): string[] {
  const closed = new Set(cut.map(({ stream }) => stream))
  const faults = trials.flatMap((trial) => trial.faults)
  for (const { stream, moment } of trials) {
    // One that is cancelled at once may never have been asked.
    if (moment !== 'at-once' && !closed.has(stream)) faults.push(`stream ${stream}: its upstream was never closed`)
  }
  return faults
}

/** How soon the upstream was closed; `load` says what else the server had to do. */
export function judgeCancels(load: string, trials: readonly CancelTrial[], cut: readonly CutReply[]): Finding[] {
  const closedMs = new Map(cut.map((reply) => [reply.stream, reply.closedMs]))
  const findings: Finding[] = []
  for (const moment of MOMENTS) {
    const of = trials.filter((trial) => trial.moment === moment)
    const closes = of.flatMap(({ stream, sentMs }) => {
      const at = closedMs.get(stream)
      return at === undefined ? [] : [at - sentMs]
    })
    const close = spreadOf(closes)
    const receipt = spreadOf(of.map(({ receiptMs }) => receiptMs))
    const end = spreadOf(of.map(({ endMs }) => endMs))
    const when = `${load}, ${WORDS[moment]}`
    const told = of.filter(({ receiptTellsClose }) => receiptTellsClose).length
    findings.push(
      figure(GOAL, `${when}: cancels; upstreams asked`, `${whole(of.length)}; ${whole(close.count)}`),
      figure(GOAL, '… to upstream closed, p50 and max', `${millis(close.p50)}, ${millis(close.max)}`),
      // Without a single upstream there was nothing to close.
      ...(close.count > 0 ? [atMost(GOAL, '… to upstream closed, p99', close.p99, CLOSE_P99_MS, millis)] : []),
      figure(GOAL, '… to the receipt, p50 and p99', `${millis(receipt.p50)}, ${millis(receipt.p99)}`),
      figure(GOAL, '… to the end at a follower, p50 and p99', `${millis(end.p50)}, ${millis(end.p99)}`),
      figure(GOAL, '… receipts that tell when it was closed', whole(told)),
    )
  }
  return findings
}
