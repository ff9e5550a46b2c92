import { runCrowd, type ApiWindow } from './run-crowd.ts'

/** Fast enough that a window of the writer holds several tokens, as it does with a quick model. */
const TOKENS_PER_SECOND = 1_000

/** All windows with the same number of followers, added up. */
export interface FanOutStep {
  followers: number
  cpuMs: number
  windowMs: number
  /** Tokens that the generation wrote meanwhile. */
  generationTokens: number
  /** Of all followers together. */
  frames: number
  p50Ms: number
  p99Ms: number
}

/** Up and down again, so that what drifts with time does not look like a cost. */
const STEPS = [0, 1, 50, 200, 50, 1]
const QUICK_STEPS = [0, 1, 50, 200]

/** One generation with more and more followers, and what its API takes. */
export async function measureFanOut(quick: boolean): Promise<FanOutStep[]> {
  const windowMs = quick ? 4_000 : 8_000
  return await runCrowd({ rate: TOKENS_PER_SECOND, burst: 0 }, async (crowd) => {
    const steps = new Map<number, FanOutStep>()
    let present = 0
    for (const followers of quick ? QUICK_STEPS : STEPS) {
      if (followers > present) await crowd.order({ order: 'attach', count: followers - present, silent: false })
      else await crowd.order({ order: 'shrink-to', count: followers })
      present = followers
      const window = await crowd.measure(windowMs)
      steps.set(followers, add(steps.get(followers), followers, window))
    }
    return [...steps.values()]
  })
}

function add(sum: FanOutStep | undefined, followers: number, window: ApiWindow): FanOutStep {
  const nominal = (TOKENS_PER_SECOND * window.windowMs) / 1000
  return {
    followers,
    cpuMs: (sum?.cpuMs ?? 0) + window.cpuMs,
    windowMs: (sum?.windowMs ?? 0) + window.windowMs,
    generationTokens: (sum?.generationTokens ?? 0) + (followers === 0 ? nominal : window.tokens / followers),
    frames: (sum?.frames ?? 0) + window.frames,
    p50Ms: Math.max(sum?.p50Ms ?? 0, window.latency.p50),
    p99Ms: Math.max(sum?.p99Ms ?? 0, window.latency.p99),
  }
}
