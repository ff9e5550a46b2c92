import { askMock, type Asked } from '../ask-mock.ts'
import { createApiClient } from '../call-api.ts'
import { followGeneration } from '../follow-generation.ts'
import { monotonicMs, sleepUntil } from '../monotonic.ts'
import { startProbedServer } from '../probe/start-probed-server.ts'
import { startMock } from '../start-mock.ts'
import { createTokenChecker } from '../stream/token-checker.ts'
import type { Observation } from './judge-churn.ts'
import { runInTurns, type ChurnPlan } from './run-in-turns.ts'

/** Slow: its worker holds the text, which would look like a leak. */
const LIVE = { stream: 1, tokens: 1_000_000, rate: 1 }
const ENDED = { stream: 2, tokens: 2_000, rate: 0 }
const SILENT_MS = 20
const CAP_MS = 20_000

/** A follower that attaches; how far it reads before it leaves. */
interface Visit {
  to: 'live' | 'ended'
  /** Tokens to read; `all` stays to the end, 0 leaves before the answer's head can have come. */
  read: number | 'all'
  /** Reads nothing for a moment, then leaves. */
  silent?: true
}

const VISITS: readonly Visit[] = [
  { to: 'live', read: 1 },
  { to: 'live', read: 0 },
  { to: 'live', read: 1, silent: true },
  { to: 'ended', read: 'all' },
  { to: 'ended', read: 700 },
  { to: 'ended', read: 0 },
  { to: 'ended', read: 1, silent: true },
]

/** Followers that come and go, on a live generation and on one that has ended, in every way that one can leave. */
export async function churnAttach(plan: ChurnPlan, signal: AbortSignal): Promise<Observation[]> {
  await using mock = await startMock()
  await using server = await startProbedServer({ upstreamPort: mock.port, lag: false })
  using api = createApiClient(server.port, 1)
  const asked: Record<Visit['to'], Asked> = { ended: await askMock(api, ENDED), live: await askMock(api, LIVE) }
  await visit(server.port, asked.ended.generationId, { to: 'ended', read: 'all' })
  const operate = async (index: number) => {
    const chosen = VISITS[index % VISITS.length] ?? { to: 'live', read: 1 }
    await visit(server.port, asked[chosen.to].generationId, chosen)
  }
  return await runInTurns(server, plan, operate, signal)
}

async function visit(port: number, generationId: string, { to, read, silent }: Visit): Promise<void> {
  const { stream, tokens } = to === 'live' ? LIVE : ENDED
  const checker = createTokenChecker(stream, tokens)
  const left = Promise.withResolvers<void>()
  const frames = followGeneration(port, generationId, undefined, {
    event(event) {
      if (event.type === 'text-delta') checker.accept(event.text)
      if (read !== 'all' && checker.received() >= Math.max(1, read)) left.resolve()
    },
    over(reason) {
      if (reason === undefined) left.resolve()
      else left.reject(new Error(reason))
    },
  })
  const timer = setTimeout(() => left.reject(new Error(`a follower was not served within ${CAP_MS} ms`)), CAP_MS)
  if (read === 0) setImmediate(() => left.resolve())
  if (silent) {
    frames.pause()
    void sleepUntil(monotonicMs() + SILENT_MS).then(left.resolve)
  }
  try {
    await left.promise
  } finally {
    clearTimeout(timer)
    frames.close()
  }
  if (read === 'all') checker.end()
  if (checker.faults().length > 0) throw new Error(checker.faults().slice(0, 3).join('; '))
}
