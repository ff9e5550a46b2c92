import { planBulkLoad, planSteadyLoad, type LoadPlan } from './load-plan.ts'

export const GOALS = ['G1', 'G2', 'G3', 'G4', 'G5'] as const
export type Goal = (typeof GOALS)[number]

/** A load, and the goals that it is measured for. */
export interface Scenario {
  title: string
  goals: readonly Goal[]
  plan: LoadPlan
  /** Tokens per second of all streams together; undefined when they go as fast as they can. */
  nominalRate: number | undefined
}

/** `quick` shortens the loads, which keeps the outcome of the same kind and makes its figures rougher. */
export function listScenarios(quick: boolean): Scenario[] {
  return [
    steady('1,000 streams × 50 tokens/s', ['G1', 'G2'], {
      streams: 1_000,
      rate: 50,
      rampMs: quick ? 3_000 : 5_000,
      windowMs: quick ? 3_000 : 10_000,
      probes: 0,
      probeEveryMs: 0,
    }),
    {
      title: '32 streams as fast as they go',
      goals: ['G3'],
      plan: planBulkLoad({ streams: 32, tokens: quick ? 8_000 : 40_000, deadlineMs: 90_000 }),
      nominalRate: undefined,
    },
    steady('100 streams × 50 tokens/s', ['G4'], {
      streams: 100,
      rate: 50,
      rampMs: 2_000,
      windowMs: quick ? 3_000 : 10_000,
      probes: quick ? 100 : 400,
      probeEveryMs: 20,
    }),
    steady('2,000 streams × 1 token/s', ['G5'], {
      streams: 2_000,
      rate: 1,
      rampMs: quick ? 5_000 : 8_000,
      windowMs: quick ? 2_000 : 8_000,
      probes: 0,
      probeEveryMs: 0,
    }),
  ]
}

function steady(title: string, goals: readonly Goal[], load: Parameters<typeof planSteadyLoad>[0]): Scenario {
  return { title, goals, plan: planSteadyLoad(load), nominalRate: load.streams * load.rate }
}
