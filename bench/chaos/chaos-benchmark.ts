import type { BenchmarkOptions } from '../benchmark-options.ts'
import { planChaos, STRIKE_KINDS } from './chaos-plan.ts'
import { completedShare, type ChaosResult, runChaos } from './run-chaos.ts'

/** As many strikes as let most answers survive: one that has lost two attempts has to wait for a process of its own. */
const LOAD = { workers: 6, concurrent: 200, pauseMs: 1_150 }
const KILLS = 500
const QUICK_KILLS = 40
/** Share of the generations killed fewer than three times that have to complete. */
const GOAL = 0.99
const SHOWN_BREACHES = 5

/**
 * Goal C2: strikes out of the blue at a server that writes 200 answers at a time, with readers that drop and resume.
 * Returns whether no token was lost or doubled, everything ended, and enough of it completed.
 */
export async function runChaosBenchmark(options: BenchmarkOptions): Promise<boolean> {
  const kills = options.kills ?? (options.quick ? QUICK_KILLS : KILLS)
  const seed = options.seed ?? Math.floor(Math.random() * 1_000_000)
  console.log(`seed ${seed}: ${kills} strikes, ${LOAD.concurrent} generations at a time, ${LOAD.workers} workers`)
  const plan = planChaos({ ...LOAD, kills, seed })
  const result = await runChaos(plan, {
    signal: options.signal,
    calmMs: 90_000,
    progress: (line) => console.log(line),
  })
  options.signal.throwIfAborted()
  describe(result)
  const holds = result.tally.breaches.length === 0 && completedShare(result.outcomes) >= GOAL
  console.log(`C2 with seed ${seed}: ${holds ? 'reached' : 'MISSED'}`)
  return holds
}

function describe({ tally, strikes, killed, outcomes, durationMs, logged }: ChaosResult): void {
  const count = (isOne: (outcome: (typeof outcomes)[number]) => boolean) => outcomes.filter(isOne).length
  const lines = [
    `${killed} processes killed in ${Math.round(durationMs / 1000)} s: ${STRIKE_KINDS.map((kind) => `${kind} ${strikes[kind] ?? 0}`).join(', ')}`,
    `${tally.asked} questions, ${outcomes.length} generations: ${count(({ status }) => status === 'completed')} completed, ` +
      `${count(({ status }) => status === 'failed')} failed; ${(100 * completedShare(outcomes)).toFixed(3)} % of those killed fewer than three times completed`,
    `lost attempts: ${[0, 1, 2, 3].map((lost) => `${lost}: ${count(({ lostAttempts }) => lostAttempts === lost)}`).join(', ')}`,
    `readers: ${tally.connections} connections, ${tally.events} events, ${tally.leftByReader} left by choice, ` +
      `${tally.cutByServer} cut, ${tally.refused} refused, ${tally.silent} silent`,
    `${tally.sentAgain} requests sent again; slowest answer ${(tally.slowestMs / 1000).toFixed(1)} s`,
    `${logged.length} lines on the server's own log${logged.length > 0 ? ', such as' : ''}`,
    ...new Set(logged.slice(0, 200).map((line) => `  ${withoutDetails(line)}`)),
    `${tally.breaches.length} breaches`,
  ]
  for (const line of lines) console.log(line)
  for (const { what, generationId, context } of tally.breaches.slice(0, SHOWN_BREACHES)) {
    console.log(`BREACH ${generationId} ${what}\n${context.slice(0, 20_000)}`)
  }
  for (const { what, generationId } of tally.breaches.slice(SHOWN_BREACHES, 50))
    console.log(`BREACH ${generationId} ${what}`)
}

/** The words of a log line, so that lines that say the same are shown once. */
function withoutDetails(line: string): string {
  const found = /"err":\{.*?"message":"(.*?)".*"msg":"(.*?)"/.exec(line)
  return found ? `${found[2]}: ${found[1]}` : line.slice(0, 200)
}
