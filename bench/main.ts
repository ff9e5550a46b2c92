import { parseArgs } from 'node:util'
import type { BenchmarkOptions } from './benchmark-options.ts'
import { endAllProcesses } from './bench-process.ts'
import { runCancelBenchmark } from './cancel/cancel-benchmark.ts'
import { runChaosBenchmark } from './chaos/chaos-benchmark.ts'
import { runChurnBenchmark } from './churn/churn-benchmark.ts'
import { describeMachine } from './describe-machine.ts'
import { runDecodeBenchmark } from './decode/decode-benchmark.ts'
import { runFeedBenchmark } from './feed/feed-benchmark.ts'
import { runFollowersBenchmark } from './followers/followers-benchmark.ts'
import { runLagBenchmark } from './lag/lag-benchmark.ts'
import { runRecoveryBenchmark } from './recovery/recovery-benchmark.ts'
import { runStreamBenchmark } from './stream/stream-benchmark.ts'

/** Each runs to its end, prints its figures and says whether they are valid. */
const BENCHMARKS: Record<string, (options: BenchmarkOptions) => Promise<boolean>> = {
  chaos: runChaosBenchmark,
  recovery: runRecoveryBenchmark,
  cancel: runCancelBenchmark,
  churn: runChurnBenchmark,
  lag: runLagBenchmark,
  stream: runStreamBenchmark,
  followers: runFollowersBenchmark,
  feed: runFeedBenchmark,
  decode: runDecodeBenchmark,
}

const USAGE = `Usage: npm run bench -- <${Object.keys(BENCHMARKS).join('|')}> [--quick] [--only G1,G3] [--targets floor,ours] [--kills 500] [--seed 1]`

process.exit(await main())

async function main(): Promise<number> {
  const asked = readArguments()
  if (!asked) {
    console.error(USAGE)
    return 1
  }
  if (process.platform !== 'linux') {
    console.error('The benchmarks read processor time and memory from /proc, which only Linux has.')
    return 1
  }
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      controller.abort()
      // Whoever waits for one of them fails then, and cleans up on its way out.
      void endAllProcesses()
    })
  }
  console.log(describeMachine())
  try {
    return (await asked.run({ ...asked.options, signal: controller.signal })) ? 0 : 1
  } catch (error) {
    if (controller.signal.aborted) return 130
    console.error(error instanceof Error ? error.message : error)
    return 1
  } finally {
    await endAllProcesses()
  }
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean' },
        only: { type: 'string' },
        targets: { type: 'string' },
        kills: { type: 'string' },
        seed: { type: 'string' },
      },
    })
    const run = BENCHMARKS[positionals[0] ?? '']
    const targets = (['floor', 'ours'] as const).filter((kind) => values.targets?.split(',').includes(kind) ?? true)
    const [kills, seed] = [values.kills, values.seed].map((text) => (text === undefined ? undefined : Number(text)))
    const isCount = (value: number | undefined) => value === undefined || (Number.isInteger(value) && value >= 0)
    if (!run || positionals.length !== 1 || targets.length === 0 || !isCount(kills) || !isCount(seed)) return undefined
    return { run, options: { quick: values.quick ?? false, only: values.only?.split(',') ?? [], targets, kills, seed } }
  } catch {
    return undefined
  }
}
