import type { Measurement } from './measure.ts'
import type { Goal, Scenario } from './scenarios.ts'

/** One line of the report. */
export interface Verdict {
  goal: Goal
  what: string
  floor: string
  ours: string
  ratio: string
  limit: string
  /** Undefined where there is nothing to reach, or nothing of ours was measured. */
  reached: boolean | undefined
}

/** Share of the nominal tokens that must come within the window for a load to count as held. */
const HELD = 0.99

/** Sets the two measurements of one scenario against its goals. */
export function judge(
  scenario: Scenario,
  floor: Measurement | undefined,
  ours: Measurement | undefined,
  only: ReadonlySet<Goal>,
): Verdict[] {
  const verdicts: Verdict[] = []
  const add = (goal: Goal, what: string, read: (measured: Measurement) => number, show: Show, limit: Limit) => {
    if (!only.has(goal) || !scenario.goals.includes(goal)) return
    const floorValue = floor && read(floor)
    const ourValue = ours && read(ours)
    const ratio = floorValue !== undefined && ourValue !== undefined ? ourValue / floorValue : undefined
    verdicts.push({
      goal,
      what,
      floor: floorValue === undefined ? '' : show(floorValue),
      ours: ourValue === undefined ? '' : show(ourValue),
      ratio: ratio === undefined ? '' : `${ratio.toFixed(2)}×`,
      limit: limit.says,
      reached: limit.holds(ourValue, ratio),
    })
  }
  const nominal = scenario.nominalRate ?? 0

  add('G1', 'CPU per token', cpuPerToken, micros, ratioAtMost(1.25))
  add('G1', 'tokens/s', tokensPerSecond, whole, valueAtLeast(HELD * nominal, `${whole(nominal)} held`))
  add('G1', 'streams that started', (measured) => measured.started, whole, valueAtLeast(scenario.plan.streams.length))
  add('G2', 'latency per token, p50', (measured) => measured.latency.p50, millis, valueAtMost(5, 'ms'))
  add('G2', 'latency per token, p99', (measured) => measured.latency.p99, millis, valueAtMost(50, 'ms'))
  add('G3', 'tokens/s', bulkRate, whole, ratioAtLeast(1.2))
  add('G4', 'time to first token, p50', (measured) => measured.firstToken.p50, millis, valueAtMost(2, 'ms'))
  add('G4', 'time to first token, p99', (measured) => measured.firstToken.p99, millis, valueAtMost(10, 'ms'))
  add('G4', 'CPU per token', cpuPerToken, micros, ratioAtMost(1.5))
  add('G5', 'memory per stream', memoryPerStream, kibibytes, valueAtMost(60, 'KiB'))
  return verdicts

  function memoryPerStream({ loadedBytes, idleBytes }: Measurement): number {
    return (loadedBytes - idleBytes) / 1024 / scenario.plan.streams.length
  }
}

function cpuPerToken({ cpuMs, windowTokens }: Measurement): number {
  return (cpuMs * 1000) / windowTokens
}

function tokensPerSecond({ windowTokens, windowMs }: Measurement): number {
  return (windowTokens / windowMs) * 1000
}

function bulkRate({ tokens, durationMs }: Measurement): number {
  return (tokens / durationMs) * 1000
}

type Show = (value: number) => string

const whole: Show = (value) => Math.round(value).toLocaleString('en')
const micros: Show = (value) => `${value.toFixed(1)} µs`
const millis: Show = (value) => `${value.toFixed(2)} ms`
const kibibytes: Show = (value) => `${value.toFixed(1)} KiB`

interface Limit {
  says: string
  holds(ours: number | undefined, ratio: number | undefined): boolean | undefined
}

function ratioAtMost(limit: number): Limit {
  return { says: `≤ ${limit}×`, holds: (_, ratio) => (ratio === undefined ? undefined : ratio <= limit) }
}

function ratioAtLeast(limit: number): Limit {
  return { says: `≥ ${limit}×`, holds: (_, ratio) => (ratio === undefined ? undefined : ratio >= limit) }
}

function valueAtMost(limit: number, unit: string): Limit {
  return { says: `≤ ${limit} ${unit}`, holds: (ours) => (ours === undefined ? undefined : ours <= limit) }
}

function valueAtLeast(limit: number, says = `all ${whole(limit)}`): Limit {
  return { says, holds: (ours) => (ours === undefined ? undefined : ours >= limit) }
}
