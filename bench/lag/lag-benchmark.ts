import type { BenchmarkOptions } from '../benchmark-options.ts'
import { printFindings } from '../finding.ts'
import { printTable } from '../print-table.ts'
import { describePhase, judgeLag, LAG_COLUMNS } from './judge-lag.ts'
import { measureLag } from './measure-lag.ts'

/**
 * How late the event loops of API and worker are under load and while much is read, against the same server with nothing to
 * do. Everything that is read is checked; a run in which something was missing throws.
 */
export async function runLagBenchmark({ quick, signal }: BenchmarkOptions): Promise<boolean> {
  const phases = await measureLag(quick, signal)
  console.log('\nMilliseconds: p50 / p99 / maximum')
  printTable(LAG_COLUMNS, phases.map(describePhase))
  printFindings(judgeLag(phases))
  return true
}
