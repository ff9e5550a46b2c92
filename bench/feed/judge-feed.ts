import { figure, kibibytes, micros, millis, type Finding } from '../finding.ts'
import type { TabsStep } from './feed-tabs.ts'
import type { UsersMeasured, UsersWindow } from './feed-users.ts'

const GOAL = 'feed'

/** What one open tab and each further one cost. */
export function judgeTabs(steps: readonly TabsStep[]): Finding[] {
  const none = steps.find(({ tabs }) => tabs === 0)
  const base = none ? microsPerToken(none) : NaN
  const one = steps.find(({ tabs }) => tabs === 1)
  return steps.flatMap((step) => {
    const { tabs } = step
    if (tabs === 0) return figure(GOAL, 'CPU of the API per token, no tab open', micros(base))
    // The first one loads what all of them share.
    const held = (step.heldBytes - (one?.heldBytes ?? NaN)) / (tabs - 1)
    return [
      figure(GOAL, `… ${tabs} open`, micros(microsPerToken(step))),
      figure(GOAL, `… more for each tab, of ${tabs}`, micros((microsPerToken(step) - base) / tabs)),
      ...(tabs > 1 ? [figure(GOAL, `memory held for each further tab, of ${tabs}`, kibibytes(held))] : []),
      figure(GOAL, `latency with ${tabs}, p50 and p99`, `${millis(step.p50Ms)}, ${millis(step.p99Ms)}`),
    ]
  })
}

/** What the tokens and changes of many users cost, who have one feed each. */
export function judgeUsers({ users, idle, tokens, changes, unheard, heldBytesPerStream }: UsersMeasured): Finding[] {
  const more = (window: UsersWindow) => ((cpuShare(window) - cpuShare(idle)) * window.windowMs * 1000) / window.written
  const latency = ({ latency: { p50, p99 } }: UsersWindow) => `${millis(p50)}, ${millis(p99)}`
  return [
    figure(
      GOAL,
      `share of a core of ${users} feeds on which nothing happens`,
      `${(cpuShare(idle) * 100).toFixed(1)} %`,
    ),
    figure(GOAL, 'memory held for each', kibibytes(heldBytesPerStream)),
    figure(GOAL, 'CPU per token, each told to one', micros(more(tokens))),
    figure(GOAL, '… latency, p50 and p99', latency(tokens)),
    figure(GOAL, 'CPU per conversation change, each told to one', micros(more(changes))),
    figure(GOAL, '… latency, p50 and p99', latency(changes)),
    figure(GOAL, 'CPU per conversation change of a user who has no feed open', micros(more(unheard))),
  ]
}

function cpuShare({ cpuMs, windowMs }: UsersWindow): number {
  return cpuMs / windowMs
}

function microsPerToken({ cpuMs, answerTokens }: TabsStep): number {
  return (cpuMs * 1000) / answerTokens
}
