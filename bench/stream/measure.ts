import { startBenchProcess, type BenchProcess } from '../bench-process.ts'
import { monotonicMs, sleepUntil } from '../monotonic.ts'
import { cpuMs, machineCpuMs, processTree, residentBytes } from '../process-usage.ts'
import type { LoadOrder } from './load-client.ts'
import { planSteadyLoad, type LoadPlan } from './load-plan.ts'
import type { LoadResult } from './load-run.ts'
import type { TargetKind } from './wire-format.ts'

/** A server under test. */
export interface Target {
  kind: TargetKind
  port: number
  /** Its first process; those that it starts count too. */
  pid: number
}

export interface Measurement extends LoadResult {
  /** Length of the window. */
  windowMs: number
  /** Processor time that all processes of the target used in the window. */
  cpuMs: number
  /** Resident memory of the target before the load, after a short one and what the load needed to be prepared. */
  idleBytes: number
  /** The same within the window: the median of several looks. */
  loadedBytes: number
  /** Shares of one core that the harness itself used; near 1 it is the harness that was measured. */
  mockBusy: number
  clientBusy: number
  /** The same of all that has nothing to do with the measurement. */
  othersBusy: number
}

const START_DELAY_MS = 300
/** Until then the worker that stands by has started: what it takes is not the load's. */
const SETTLE_MS = 4_000
const MEMORY_LOOK_MS = 250
const PREPARE_CAP_MS = 60_000
const CLIENT = new URL('load-client.ts', import.meta.url)

const WARM_UP = planSteadyLoad({ streams: 50, rate: 50, rampMs: 300, windowMs: 200, probes: 0, probeEveryMs: 0 })

/** Puts a load on a target and measures it from outside. Throws when one of its processes was replaced meanwhile. */
export async function measure(target: Target, plan: LoadPlan, mock: BenchProcess): Promise<Measurement> {
  await runOnce(target, WARM_UP, async () => {})
  await sleepUntil(monotonicMs() + SETTLE_MS)
  const pids = processTree(target.pid)
  return await runOnce(target, plan, async (client, startMs, isOver) => {
    const idleBytes = residentBytes(pids)
    await sleepUntil(startMs + plan.fromMs)
    const cpuBefore = cpuMs(pids)
    const mockBefore = cpuMs([mock.pid])
    const clientBefore = cpuMs([client.pid])
    const allBefore = machineCpuMs()
    const beginMs = monotonicMs()
    const looks: number[] = []
    while (!isOver() && monotonicMs() < startMs + plan.toMs) {
      looks.push(residentBytes(pids))
      await sleepUntil(Math.min(startMs + plan.toMs, monotonicMs() + MEMORY_LOOK_MS))
    }
    const observedMs = monotonicMs() - beginMs
    const used = cpuMs(pids) - cpuBefore
    const mockUsed = cpuMs([mock.pid]) - mockBefore
    const clientUsed = cpuMs([client.pid]) - clientBefore
    const othersUsed = machineCpuMs() - allBefore - used - mockUsed - clientUsed
    if (processTree(target.pid).join() !== pids.join()) throw new Error('a process of the server was replaced')
    return {
      windowMs: plan.toMs - plan.fromMs,
      cpuMs: used,
      idleBytes,
      loadedBytes: median(looks),
      mockBusy: mockUsed / observedMs,
      clientBusy: clientUsed / observedMs,
      othersBusy: othersUsed / observedMs,
    }
  })
}

/** One load by a client process of its own, with `observe` beside it. */
async function runOnce<Observed>(
  { kind, port }: Target,
  plan: LoadPlan,
  observe: (client: BenchProcess, startMs: number, isOver: () => boolean) => Promise<Observed>,
): Promise<LoadResult & Observed> {
  await using client = startBenchProcess(CLIENT)
  await client.ask({ order: 'prepare', kind, port, plan } satisfies LoadOrder, PREPARE_CAP_MS)
  const startMs = monotonicMs() + START_DELAY_MS
  let over = false
  const capMs = START_DELAY_MS + plan.deadlineMs + 5_000
  const running = client.ask<LoadResult>({ order: 'run', startMs } satisfies LoadOrder, capMs)
  const finished = running.finally(() => (over = true))
  const [result, observed] = await Promise.all([finished, observe(client, startMs, () => over)])
  return { ...result, ...observed }
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN
}
