import { atMost, figure, millis, whole, type Finding } from '../finding.ts'
import { spreadOf } from '../percentile.ts'
import type { Kill } from './kill-workers.ts'

const GOAL = 'G10'
const NEXT_ATTEMPT_MS = 300

/** How soon lost answers are written again: the slowest of each kill counts. */
export function judgeRecovery(workers: number, kills: readonly Kill[]): Finding[] {
  const hit = kills.filter(({ nextAttemptMs }) => nextAttemptMs.length > 0)
  const slowest = (read: (kill: Kill) => number[]) => spreadOf(hit.map((kill) => Math.max(...read(kill))))
  const recovering = slowest(({ recoveringMs }) => recoveringMs)
  const attempt = slowest(({ nextAttemptMs }) => nextAttemptMs)
  const token = slowest(({ nextTokenMs }) => nextTokenMs)
  const lost = hit.reduce((sum, { nextAttemptMs }) => sum + nextAttemptMs.length, 0)
  const what = workers === 1 ? '1 worker' : `${workers} workers`
  return [
    figure(GOAL, `${what}: kills; answers lost and completed`, `${whole(hit.length)}; ${whole(lost)}`),
    figure(
      GOAL,
      '… killed to "recovering" in the log, p50 and max',
      `${millis(recovering.p50)}, ${millis(recovering.max)}`,
    ),
    figure(GOAL, '… killed to next attempt, p50', millis(attempt.p50)),
    atMost(GOAL, '… killed to next attempt, max', attempt.max, NEXT_ATTEMPT_MS, millis),
    figure(GOAL, '… killed to its first token, p50 and max', `${millis(token.p50)}, ${millis(token.max)}`),
  ]
}
