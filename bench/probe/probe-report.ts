import type { Spread } from '../percentile.ts'

/** What only a process itself knows. */
export interface ProbeReport {
  /** Used heap of the main thread, then of the other threads, after a collection; none where the lag is measured. */
  heapBytes: number[]
  /** Memory of the main thread outside of its heap, buffers above all; measured with it. */
  externalBytes: number
  /** What keeps the event loop of the main thread alive: how many of each kind. */
  resources: Record<string, number>
  /** How late the timers of the main thread were since the last report, milliseconds; empty unless asked for. */
  lag: Spread
}

/** Names of the environment variables that the probe reads. */
export const PROBE_FOLDER = 'BENCH_PROBE_FOLDER'
/** Set to measure the lag of the event loop, which costs a timer, instead of the heap, whose collection would be a lag. */
export const PROBE_LAG = 'BENCH_PROBE_LAG'
