import { expect, test } from 'vitest'
import { planChaos, STRIKE_KINDS } from '../../bench/chaos/chaos-plan.ts'
import { completedShare, runChaos } from '../../bench/chaos/run-chaos.ts'

/** `npm run bench -- chaos --kills 500` is the same at full length. */
test(
  'P6, P7, goal C2: under random kills of workers, API and supervisor no token is lost or doubled and every answer ends',
  { timeout: 540_000 },
  async ({ signal }) => {
    const plan = planChaos({ seed: 1492, kills: 12, pauseMs: 700, workers: 3, concurrent: 40 })
    const { tally, strikes, outcomes, logged } = await runChaos(plan, { signal, calmMs: 45_000 })
    expect(tally.breaches, logged.join('\n')).toEqual([])
    expect(completedShare(outcomes)).toBeGreaterThanOrEqual(0.99)
    // What a run must have met to say anything.
    expect(Object.keys(strikes).sort()).toEqual([...STRIKE_KINDS].sort())
    expect(outcomes.length).toBeGreaterThan(10)
    expect(outcomes.some(({ lostAttempts }) => lostAttempts > 0)).toBe(true)
    expect(tally.cutByServer).toBeGreaterThan(0)
    expect(tally.leftByReader).toBeGreaterThan(0)
  },
)
