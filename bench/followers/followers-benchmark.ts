import type { BenchmarkOptions } from '../benchmark-options.ts'
import { printFindings } from '../finding.ts'
import { measureFanOut } from './fan-out.ts'
import { judgeFanOut, judgeSilentReaders } from './judge-followers.ts'
import { measureSilentReaders } from './silent-readers.ts'

/**
 * Goal G6: what it costs when more than one follow an answer, and that those who never read hurt nobody. Every token is
 * checked, once and in order; a run that lost one throws.
 */
export async function runFollowersBenchmark({ quick, only }: BenchmarkOptions): Promise<boolean> {
  const wanted = (part: string) => only.length === 0 || only.includes(part)
  if (wanted('fan-out')) printFindings(judgeFanOut(await measureFanOut(quick)))
  if (wanted('silent')) printFindings(judgeSilentReaders(await measureSilentReaders(quick)))
  return true
}
