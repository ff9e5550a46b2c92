import { runCrowd } from '../followers/run-crowd.ts'

const TOKENS_PER_SECOND = 200

/** So many open tabs of one user, each with a feed of its own that follows the same running answer. */
export interface TabsStep {
  tabs: number
  cpuMs: number
  windowMs: number
  /** Tokens that the answer had meanwhile. */
  answerTokens: number
  /** Memory that the API holds, after a collection. */
  heldBytes: number
  p50Ms: number
  p99Ms: number
}

const STEPS = [0, 1, 10, 100]

/** One answer and more and more tabs that show it. Every tab checks every token. */
export async function measureTabs(quick: boolean): Promise<TabsStep[]> {
  const windowMs = quick ? 4_000 : 10_000
  return await runCrowd({ rate: TOKENS_PER_SECOND, burst: 0, through: 'feed' }, async (crowd) => {
    const steps: TabsStep[] = []
    let present = 0
    for (const tabs of STEPS) {
      await crowd.order({ order: 'attach', count: tabs - present, silent: false })
      present = tabs
      const window = await crowd.measure(windowMs)
      steps.push({
        tabs,
        cpuMs: window.cpuMs,
        windowMs,
        answerTokens: tabs === 0 ? (TOKENS_PER_SECOND * windowMs) / 1000 : window.tokens / tabs,
        heldBytes: await crowd.heldBytes(),
        p50Ms: window.latency.p50,
        p99Ms: window.latency.p99,
      })
    }
    return steps
  })
}
