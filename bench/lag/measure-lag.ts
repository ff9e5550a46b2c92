import { monitorEventLoopDelay } from 'node:perf_hooks'
import { startBenchProcess, type BenchProcess } from '../bench-process.ts'
import { monotonicMs, sleepUntil } from '../monotonic.ts'
import type { Spread } from '../percentile.ts'
import { cpuMs } from '../process-usage.ts'
import { startProbedServer, type ProbedServer } from '../probe/start-probed-server.ts'
import { findServerProcesses } from '../server-processes.ts'
import { startMock } from '../start-mock.ts'
import type { LoadOrder } from '../stream/load-client.ts'
import { planSteadyLoad } from '../stream/load-plan.ts'
import type { LoadResult } from '../stream/load-run.ts'
import type { ReaderOrder } from './reader.ts'
import { READS, type ReadKind } from './reads.ts'
import { watchHealth } from './watch-health.ts'

const READER = new URL('reader.ts', import.meta.url)
const LOAD_CLIENT = new URL('../stream/load-client.ts', import.meta.url)
const FILL_CAP_MS = 120_000
const RATE = 50
const RAMP_MS = 5_000
/** For streams that the reads beside them have delayed. */
const PATIENCE_MS = 60_000
const KINDS = Object.keys(READS) as ReadKind[]
const RESOLUTION_MS = 2

export interface LagPhase {
  what: string
  api: Spread
  worker: Spread
  /** From outside: how long an answer to "do you live" takes. */
  health: Spread
  /** How long the reads of this phase took; undefined where nothing was read. */
  reads: Spread | undefined
  /** Processor time of the API for each of them, milliseconds; of all its threads. */
  readCpuMs: number | undefined
  /** The lag of the process that measures and has nothing else to do: what the machine itself adds. */
  machine: Spread
}

/** The lag of the event loops while nothing happens, while much is read, under a load of streams, and under both. */
export async function measureLag(quick: boolean, signal: AbortSignal): Promise<LagPhase[]> {
  await using mock = await startMock()
  await using server = await startProbedServer({ upstreamPort: mock.port, lag: true })
  await using reader = startBenchProcess(READER)
  const windowMs = quick ? 3_000 : 10_000
  const streams = quick ? 200 : 1_000
  const fill: ReaderOrder = { order: 'fill', port: server.port, turns: quick ? 100 : 500, longTokens: 200_000 }
  await reader.ask(fill, FILL_CAP_MS)

  const phases = [await watch(server, 'idle', windowMs)]
  for (const kind of KINDS) {
    signal.throwIfAborted()
    phases.push(await watch(server, kind, windowMs, { reader, kinds: [kind] }))
  }

  await using client = startBenchProcess(LOAD_CLIENT)
  const load = { streams, rate: RATE, rampMs: RAMP_MS, windowMs: 2 * windowMs + 2_000, probes: 0, probeEveryMs: 0 }
  const steady = planSteadyLoad(load)
  const plan = { ...steady, deadlineMs: steady.deadlineMs + PATIENCE_MS }
  await client.ask({ order: 'prepare', kind: 'ours', port: server.port, plan } satisfies LoadOrder, FILL_CAP_MS)
  const startMs = monotonicMs()
  const running = client.ask<LoadResult>({ order: 'run', startMs } satisfies LoadOrder, plan.deadlineMs + 5_000)
  running.catch(() => {})
  await sleepUntil(startMs + plan.fromMs)
  phases.push(await watch(server, `${streams} streams × ${RATE} tokens/s`, windowMs))
  phases.push(await watch(server, '… and all of these reads', windowMs, { reader, kinds: KINDS }))
  const { problems, completed, planned } = await running
  if (completed < planned) throw new Error(`the load lost tokens: ${problems.first.join('; ')}`)
  return phases
}

async function watch(
  server: ProbedServer,
  what: string,
  windowMs: number,
  reading?: { reader: BenchProcess; kinds: ReadKind[] },
): Promise<LagPhase> {
  const { api, workers } = findServerProcesses(server.pid)
  const [worker] = workers
  if (worker === undefined) throw new Error('the server has no worker')
  const ask = () => Promise.all([server.probe(api), server.probe(worker)])
  await ask()
  const own = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  own.enable()
  const cpuBefore = cpuMs([api])
  const untilMs = monotonicMs() + windowMs
  const order = reading && ({ order: 'read', kinds: reading.kinds, untilMs } satisfies ReaderOrder)
  const [health, reads] = await Promise.all([
    watchHealth(server.port, untilMs),
    order && reading.reader.ask<Spread[]>(order, windowMs + FILL_CAP_MS),
  ])
  own.disable()
  const used = cpuMs([api]) - cpuBefore
  const late = (nanos: number) => Math.max(0, nanos / 1e6 - RESOLUTION_MS)
  const machine = { count: own.count, p50: late(own.percentile(50)), p99: late(own.percentile(99)), max: late(own.max) }
  const [ofApi, ofWorker] = await ask()
  const alone = reads?.length === 1 ? reads[0] : undefined
  const readCpuMs = alone && used / alone.count
  return { what, api: ofApi.lag, worker: ofWorker.lag, health, reads: alone, readCpuMs, machine }
}
