import type { BenchmarkOptions } from '../benchmark-options.ts'
import { printTable } from '../print-table.ts'
import { startMock } from '../start-mock.ts'
import { judge, type Verdict } from './judge.ts'
import { measure, type Measurement } from './measure.ts'
import { GOALS, listScenarios, type Goal, type Scenario } from './scenarios.ts'
import { startTarget } from './start-target.ts'
import type { TargetKind } from './wire-format.ts'

/** Share of one core that other programs may take before figures of a few milliseconds mean little. */
const MAX_OTHERS_BUSY = 0.1

/**
 * Goals G1 to G5: what it costs to pass a model's tokens on, against a bare pass-through in front of the same mock
 * upstream. Every token is checked once and in order; a run that lost, doubled or swapped one is void. Returns whether
 * all runs were valid.
 */
export async function runStreamBenchmark(options: BenchmarkOptions): Promise<boolean> {
  const only = new Set<Goal>(GOALS.filter((goal) => options.only.length === 0 || options.only.includes(goal)))
  const scenarios = listScenarios(options.quick).filter(({ goals }) => goals.some((goal) => only.has(goal)))
  const verdicts: Verdict[] = []
  let isValid = true
  if (scenarios.length === 0) throw new Error(`the benchmark has the goals ${GOALS.join(', ')}`)
  for (const scenario of scenarios) {
    const measured: Partial<Record<TargetKind, Measurement>> = {}
    for (const kind of options.targets) {
      try {
        const measurement = await measureScenario(scenario, kind)
        describe(scenario, kind, measurement)
        if (measurement.problems.count === 0) measured[kind] = measurement
        else isValid = false
      } catch (error) {
        options.signal.throwIfAborted()
        console.log(`${scenario.title}, ${kind}: VOID: ${error instanceof Error ? error.message : String(error)}`)
        isValid = false
      }
    }
    verdicts.push(...judge(scenario, measured.floor, measured.ours, only))
  }
  print(verdicts)
  return isValid
}

async function measureScenario(scenario: Scenario, kind: TargetKind): Promise<Measurement> {
  await using mock = await startMock()
  await using target = await startTarget(kind, mock.port)
  return await measure(target, scenario.plan, mock)
}

function describe(scenario: Scenario, kind: TargetKind, measurement: Measurement): void {
  const { started, completed, planned, problems, mockBusy, clientBusy, othersBusy } = measurement
  const percent = (share: number) => `${Math.round(share * 100)} %`
  console.log(
    `${scenario.title}, ${kind}: ${started} of ${planned} streams started, ${completed} complete; ` +
      `of a core the mock used ${percent(mockBusy)}, the client ${percent(clientBusy)}, other programs ${percent(othersBusy)}`,
  )
  if (othersBusy > MAX_OTHERS_BUSY) console.log('  The machine was busy with something else: these figures are rough.')
  if (problems.count === 0) return
  console.log(`  VOID: ${problems.count} problems, such as`)
  for (const problem of problems.first) console.log(`  - ${problem}`)
}

function print(verdicts: readonly Verdict[]): void {
  const words = new Map([
    [true, 'reached'],
    [false, 'missed'],
    [undefined, ''],
  ])
  const rows = verdicts.map(({ goal, what, floor, ours, ratio, limit, reached }) => {
    return [goal, what, floor, ours, ratio, limit, words.get(reached) ?? '']
  })
  printTable(['goal', 'what', 'floor', 'ours', 'ratio', 'goal', ''], rows)
}
