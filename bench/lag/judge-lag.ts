import { atMost, millis, type Finding } from '../finding.ts'
import type { Spread } from '../percentile.ts'
import type { LagPhase } from './measure-lag.ts'

const GOAL = 'lag'
/** What a person begins to notice. */
const LONGEST_MS = 50

export const LAG_COLUMNS = [
  'while',
  'API',
  'worker',
  'health from outside',
  'one read',
  'CPU of the API for it',
  'machine',
]

/** One line of the table: p50, p99 and maximum of each, milliseconds. */
export function describePhase({ what, api, worker, health, reads, readCpuMs, machine }: LagPhase): string[] {
  const ofRead = reads ? describe(reads) : ''
  const cpu = readCpuMs === undefined ? '' : millis(readCpuMs)
  return [what, describe(api), describe(worker), describe(health), ofRead, cpu, describe(machine)]
}

/**
 * Whether anything holds the loop of the API for long: of each phase the longest lag, less what the machine does to a
 * process that has nothing to do at the same time.
 */
export function judgeLag(phases: readonly LagPhase[]): Finding[] {
  const findings: Finding[] = []
  for (const { what, api, machine } of phases) {
    findings.push(
      atMost(GOAL, `${what}: longest lag of the API, less the machine's`, beyond(api, machine), LONGEST_MS, millis),
    )
  }
  return findings
}

function beyond(lag: Spread, machine: Spread): number {
  return Math.max(0, lag.max - machine.max)
}

function describe({ p50, p99, max }: Spread): string {
  return [p50, p99, max].map((value) => millis(value).replace(' ms', '')).join(' / ')
}
