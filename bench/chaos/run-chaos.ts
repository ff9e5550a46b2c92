import { Agent } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { ChaosPlan, StrikeKind } from './chaos-plan.ts'
import { converse } from './converse.ts'
import { readOutcomes, type Outcome } from './read-outcomes.ts'
import { startStruckServer, type StruckServer } from './struck-server.ts'
import { createTally, type Tally } from './tally.ts'
import type { Target } from './target.ts'

/** A reader may be told an end a moment before the row says so. */
const SETTLE_MS = 10_000

export interface ChaosResult {
  tally: Tally
  /** Strikes by kind, and the processes that they killed. */
  strikes: Partial<Record<StrikeKind, number>>
  killed: number
  outcomes: Outcome[]
  durationMs: number
  /** Lines that the server logged as errors. */
  logged: string[]
}

/** Plays a plan against the whole server. Whatever is wrong with what it answered is among the tally's breaches. */
export async function runChaos(
  plan: ChaosPlan,
  options: {
    signal: AbortSignal
    /** After the last strike everything has to come to its end within this time. */
    calmMs: number
    progress?: (line: string) => void
  },
): Promise<ChaosResult> {
  const { signal, calmMs, progress = () => {} } = options
  const startedAt = performance.now()
  const tally = createTally()
  const result: ChaosResult = { tally, strikes: {}, killed: 0, outcomes: [], durationMs: 0, logged: [] }
  const giveUp = new AbortController()
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  await using server = await startStruckServer(plan.workers)
  const target: Target = {
    port: server.port,
    agent,
    tally,
    isDown: server.isDown,
    signal: AbortSignal.any([signal, giveUp.signal]),
  }
  const breach = (what: string, error: unknown): void => {
    tally.breaches.push({
      what,
      generationId: '',
      context: error instanceof Error ? String(error.stack) : String(error),
    })
  }

  let isOver = false
  const askers = Array.from({ length: plan.concurrent }, (_, asker) =>
    converse(target, plan.seed, asker, () => isOver || signal.aborted).catch((error: unknown) => {
      if (!target.signal.aborted) breach('one who asks gave up', error)
    }),
  )
  try {
    await strikeAll(plan, server, result, signal, progress)
  } catch (error) {
    breach('the server did not come through', error)
    giveUp.abort()
  }
  isOver = true
  const calm = setTimeout(() => giveUp.abort(), calmMs)
  await Promise.all(askers)
  clearTimeout(calm)
  agent.destroy()
  await judgeDatabase(server.dataDir, result, signal)
  result.durationMs = performance.now() - startedAt
  result.logged = server
    .output()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('Millrace is ready'))
  return result
}

async function strikeAll(
  plan: ChaosPlan,
  server: StruckServer,
  result: ChaosResult,
  signal: AbortSignal,
  progress: (line: string) => void,
): Promise<void> {
  for (const [index, strike] of plan.strikes.entries()) {
    await delay(strike.afterMs)
    if (signal.aborted) return
    result.killed += await server.strike(strike)
    result.strikes[strike.kind] = (result.strikes[strike.kind] ?? 0) + 1
    if ((index + 1) % 50 !== 0) continue
    const { asked, events, breaches } = result.tally
    progress(`${index + 1} strikes: ${asked} asked, ${events} events read, ${breaches.length} breaches`)
  }
}

/** What the database says at the end: nothing lives on, nothing is there twice. */
async function judgeDatabase(dataDir: string, result: ChaosResult, signal: AbortSignal): Promise<void> {
  const { tally } = result
  const deadline = performance.now() + SETTLE_MS
  let read = readOutcomes(dataDir)
  while (read.outcomes.some(({ hasEnded }) => !hasEnded) && performance.now() < deadline && !signal.aborted) {
    await delay(100)
    read = readOutcomes(dataDir)
  }
  result.outcomes = read.outcomes
  const breach = (what: string, generationId: string, context: unknown): void => {
    tally.breaches.push({ what, generationId, context: JSON.stringify(context) })
  }
  if (read.integrity !== 'ok') breach('the database is damaged', '', read.integrity)
  for (const outcome of read.outcomes) {
    if (!outcome.hasEnded || !outcome.isSealed) breach('a generation is without an end', outcome.id, outcome)
  }
  if (read.outcomes.length !== tally.asked) {
    breach(`${tally.asked} questions started ${read.outcomes.length} generations`, '', {})
  }
}

/** Of the generations that lost fewer than three attempts, the share that completed. */
export function completedShare(outcomes: readonly Outcome[]): number {
  const spared = outcomes.filter(({ lostAttempts }) => lostAttempts < 3)
  return spared.filter(({ status }) => status === 'completed').length / Math.max(1, spared.length)
}
