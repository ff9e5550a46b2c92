import type { BenchmarkOptions } from '../benchmark-options.ts'
import { printFindings } from '../finding.ts'
import { judgeRecovery } from './judge-recovery.ts'
import { killWorkers } from './kill-workers.ts'

const KILLS = 30
const QUICK_KILLS = 5

/**
 * Goal G10: from the SIGKILL of a worker to the next attempt, as a follower reads it in the log over HTTP. With one worker
 * its replacement has to start first; with two the other one takes over. Every token of every attempt is checked.
 */
export async function runRecoveryBenchmark({ quick, only, kills, signal }: BenchmarkOptions): Promise<boolean> {
  const count = kills ?? (quick ? QUICK_KILLS : KILLS)
  for (const workers of [1, 2]) {
    if (only.length > 0 && !only.includes(String(workers))) continue
    printFindings(judgeRecovery(workers, await killWorkers(workers, count, signal)))
  }
  return true
}
