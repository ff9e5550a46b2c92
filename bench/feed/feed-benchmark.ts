import type { BenchmarkOptions } from '../benchmark-options.ts'
import { printFindings } from '../finding.ts'
import { measureTabs } from './feed-tabs.ts'
import { measureUsers } from './feed-users.ts'
import { judgeTabs, judgeUsers } from './judge-feed.ts'

/**
 * What the one connection of a browser costs, on which everything of a user is told: with many tabs of one user, and with
 * many users. Every token is checked, once and in order; a run that lost one throws.
 */
export async function runFeedBenchmark({ quick, only }: BenchmarkOptions): Promise<boolean> {
  const wanted = (part: string) => only.length === 0 || only.includes(part)
  if (wanted('tabs')) printFindings(judgeTabs(await measureTabs(quick)))
  if (wanted('users')) printFindings(judgeUsers(await measureUsers(quick)))
  return true
}
