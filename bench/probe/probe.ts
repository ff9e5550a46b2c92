/**
 * Preloaded into every process of a server under test, and into their threads: at `SIGUSR2` a process writes what only it
 * knows as `<pid>.json` into a folder.
 */
import { renameSync, writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { BroadcastChannel, isMainThread } from 'node:worker_threads'
import { PROBE_FOLDER, PROBE_LAG, type ProbeReport } from './probe-report.ts'

/** Between two looks of the monitor; what it notes is the time between them, so the lag is what exceeds this. */
const RESOLUTION_MS = 2
/** For the other threads to answer, also on a busy machine. */
const THREADS_ANSWER_MS = 1_000
const NANOS = 1e6

const folder = process.env[PROBE_FOLDER] ?? ''
const measuresLag = process.env[PROBE_LAG] === '1'
const channel = new BroadcastChannel('bench-probe')
channel.unref()

if (isMainThread) probeProcess()
else channel.onmessage = () => channel.postMessage(heapBytes())

function probeProcess(): void {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  if (measuresLag) delays.enable()

  function readLag(): ProbeReport['lag'] {
    const late = (nanos: number) => Math.max(0, nanos / NANOS - RESOLUTION_MS)
    const { count, max } = delays
    const lag = { count, p50: late(delays.percentile(50)), p99: late(delays.percentile(99)), max: late(max) }
    delays.reset()
    return lag
  }

  function write(report: ProbeReport): void {
    const file = `${folder}/${process.pid}.json`
    writeFileSync(`${file}.part`, JSON.stringify(report))
    renameSync(`${file}.part`, file)
  }

  process.on('SIGUSR2', () => {
    const lag = readLag()
    const resources = countResources()
    if (measuresLag) return write({ heapBytes: [], externalBytes: 0, resources, lag })
    const heaps = [heapBytes()]
    const externalBytes = process.memoryUsage().external
    channel.onmessage = (message: unknown) => void heaps.push((message as { data: number }).data)
    channel.postMessage('report')
    setTimeout(() => write({ heapBytes: heaps, externalBytes, resources, lag }), THREADS_ANSWER_MS)
  })
}

function heapBytes(): number {
  // Twice: what the first one finalises only the second one frees.
  for (let round = 0; round < 2; round++) globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

function countResources(): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}
