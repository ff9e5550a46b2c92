import { startBenchProcess } from '../bench-process.ts'
import type { BenchmarkOptions } from '../benchmark-options.ts'
import { createApiClient, type ApiClient } from '../call-api.ts'
import { printFindings, type Finding } from '../finding.ts'
import { monotonicMs, sleepUntil } from '../monotonic.ts'
import { startMock } from '../start-mock.ts'
import { startServer } from '../start-server.ts'
import type { LoadOrder } from '../stream/load-client.ts'
import { planSteadyLoad } from '../stream/load-plan.ts'
import type { LoadResult } from '../stream/load-run.ts'
import { MOMENTS, tryCancel, type CancelTrial } from './cancel-trial.ts'
import { findCancelFaults, judgeCancels } from './judge-cancels.ts'

const LOAD_CLIENT = new URL('../stream/load-client.ts', import.meta.url)
const LOAD = { streams: 200, rate: 20, rampMs: 2_000, probes: 0, probeEveryMs: 0 }
/** Numbers of the streams that are cancelled; those of the load are below. */
const FIRST_STREAM = 10_000
const PREPARE_CAP_MS = 60_000
const WARM_UP_TRIALS = 5

/**
 * Goal G9: from a cancel to the upstream's close, as the upstream sees it. Every answer must end as cancelled with its
 * tokens in order, and every upstream that was asked must be closed; else the run throws.
 */
export async function runCancelBenchmark({ quick, only, signal }: BenchmarkOptions): Promise<boolean> {
  const wanted = (part: string) => only.length === 0 || only.includes(part)
  const count = quick ? 40 : 200
  const windowMs = quick ? 20_000 : 90_000
  await using mock = await startMock()
  await using server = await startServer({ upstreamPort: mock.port })
  using api = createApiClient(server.port)
  let nextStream = FIRST_STREAM

  async function measure(load: string, deadlineMs: number): Promise<Finding[]> {
    const trials = await tryAll(api, server.port, nextStream, count, deadlineMs, signal)
    nextStream += trials.length
    // The last close may be on its way still.
    await sleepUntil(monotonicMs() + 500)
    const cut = await mock.cutReplies()
    const faults = findCancelFaults(trials, cut)
    if (faults.length > 0) throw new Error(`${faults.length} faults, such as ${faults.slice(0, 3).join('; ')}`)
    return judgeCancels(load, trials, cut)
  }

  nextStream += (await tryAll(api, server.port, nextStream, WARM_UP_TRIALS, Infinity, signal)).length
  await mock.cutReplies()
  if (wanted('idle')) printFindings(await measure('idle', Infinity))
  if (!wanted('load')) return true

  await using client = startBenchProcess(LOAD_CLIENT)
  const plan = planSteadyLoad({ ...LOAD, windowMs })
  await client.ask({ order: 'prepare', kind: 'ours', port: server.port, plan } satisfies LoadOrder, PREPARE_CAP_MS)
  const startMs = monotonicMs()
  const running = client.ask<LoadResult>({ order: 'run', startMs } satisfies LoadOrder, plan.deadlineMs + 5_000)
  // It is awaited below; should the trials fail first, theirs is the error to tell.
  running.catch(() => {})
  await sleepUntil(startMs + plan.fromMs)
  const findings = await measure(`beside ${LOAD.streams} streams`, startMs + plan.toMs)
  const { problems, completed, planned } = await running
  if (completed < planned) throw new Error(`the load beside lost tokens: ${problems.first.join('; ')}`)
  printFindings(findings)
  return true
}

/** So many cancels of each kind, one after another; fewer when the time is over. */
async function tryAll(
  api: ApiClient,
  port: number,
  firstStream: number,
  count: number,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<CancelTrial[]> {
  const trials: CancelTrial[] = []
  for (let round = 0; round < count && monotonicMs() < deadlineMs; round++) {
    signal.throwIfAborted()
    for (const moment of MOMENTS) trials.push(await tryCancel(api, port, firstStream + trials.length, moment))
  }
  return trials
}
