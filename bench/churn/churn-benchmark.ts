import type { BenchmarkOptions } from '../benchmark-options.ts'
import { printFindings } from '../finding.ts'
import { churnAttach } from './attach-churn.ts'
import { judgeChurn } from './judge-churn.ts'
import type { ChurnPlan } from './run-in-turns.ts'
import { churnTurns } from './turn-churn.ts'

const ATTACH: ChurnPlan = { operations: 10_000, warmUp: 1_000, checkpoints: 10, concurrency: 16 }
const QUICK_ATTACH: ChurnPlan = { operations: 2_000, warmUp: 400, checkpoints: 5, concurrency: 16 }
const TURNS: ChurnPlan = { operations: 20_000, warmUp: 1_000, checkpoints: 10, concurrency: 32 }
const QUICK_TURNS: ChurnPlan = { operations: 1_000, warmUp: 300, checkpoints: 4, concurrency: 32 }

/**
 * Goal G7: followers that come and go, and a shortened hour of turns, leave nothing behind in any process. Every token that
 * is read is checked; a run that lost one throws.
 */
export async function runChurnBenchmark({ quick, only, signal }: BenchmarkOptions): Promise<boolean> {
  const wanted = (part: string) => only.length === 0 || only.includes(part)
  if (wanted('attach')) {
    printFindings(judgeChurn('attach', await churnAttach(quick ? QUICK_ATTACH : ATTACH, signal)))
  }
  if (wanted('turns')) printFindings(judgeChurn('turns', await churnTurns(quick ? QUICK_TURNS : TURNS, signal)))
  return true
}
