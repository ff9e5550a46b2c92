import { monotonicMs, sleepUntil } from '../monotonic.ts'
import { spreadOf, type Spread } from '../percentile.ts'
import type { LoadPlan } from './load-plan.ts'
import { openStream, type StreamTarget } from './open-stream.ts'

export interface LoadResult {
  /** Streams whose first token came before the window's end, or for probes before the deadline. */
  started: number
  /** Streams that brought each token once, in order, and their end. */
  completed: number
  planned: number
  /** What went wrong, the first few in words. */
  problems: { count: number; first: string[] }
  /** Tokens that came within the window. */
  windowTokens: number
  /** From sending to receiving each token of the window, milliseconds. */
  latency: Spread
  /** From opening the connection to the first token, milliseconds. */
  firstToken: Spread
  tokens: number
  /** Between the first and the last token of all. */
  durationMs: number
}

const MAX_PROBLEMS = 5

/** Runs a load that begins at `startMs` of the monotonic clock. */
export async function runLoad(plan: LoadPlan, targets: readonly StreamTarget[], startMs: number): Promise<LoadResult> {
  const latencies: number[] = []
  const firstTokens: number[] = []
  const problems: { count: number; first: string[] } = { count: 0, first: [] }
  const giveUps = new Set<() => void>()
  let [started, completed, tokens, windowTokens] = [0, 0, 0, 0]
  let [firstMs, lastMs] = [Infinity, 0]
  const fromMs = startMs + plan.fromMs
  const toMs = startMs + plan.toMs
  const { promise: allOver, resolve: finish } = Promise.withResolvers<void>()
  let left = plan.streams.length

  function open(index: number): void {
    const planned = plan.streams[index]
    const target = targets[index]
    if (!planned || !target) throw new Error(`no target for stream ${index}`)
    const openedMs = monotonicMs()
    let hasStarted = false
    const giveUp = openStream(
      target,
      { stream: index, tokens: planned.tokens, rate: planned.rate },
      {
        tokens(sentMs, receivedMs) {
          tokens += sentMs.length
          firstMs = Math.min(firstMs, receivedMs)
          lastMs = receivedMs
          if (receivedMs >= fromMs && receivedMs < toMs) {
            windowTokens += sentMs.length
            for (const sent of sentMs) latencies.push(receivedMs - sent)
          }
          if (hasStarted) return
          hasStarted = true
          if (receivedMs < toMs || planned.startMs >= plan.toMs) started += 1
          if (planned.startMs >= plan.firstTokensFromMs) firstTokens.push(receivedMs - openedMs)
        },
        over(found) {
          giveUps.delete(giveUp)
          if (found.length === 0) completed += 1
          problems.count += found.length
          problems.first.push(...found.slice(0, MAX_PROBLEMS - problems.first.length))
          if (--left === 0) finish()
        },
      },
    )
    giveUps.add(giveUp)
  }

  const timer = setTimeout(
    () => {
      for (const giveUp of giveUps) giveUp()
    },
    startMs + plan.deadlineMs - monotonicMs(),
  )
  for (const [index, planned] of plan.streams.entries()) {
    await sleepUntil(startMs + planned.startMs)
    open(index)
  }
  await allOver
  clearTimeout(timer)
  return {
    started,
    completed,
    planned: plan.streams.length,
    problems,
    windowTokens,
    latency: spreadOf(latencies),
    firstToken: spreadOf(firstTokens),
    tokens,
    durationMs: lastMs - firstMs,
  }
}
