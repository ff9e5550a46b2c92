/** One load, the same for the floor and for ours. Times are milliseconds from the start of the load. */
export interface LoadPlan {
  streams: readonly PlannedStream[]
  /** Processor time, latency and throughput are measured from here … */
  fromMs: number
  /** … to here. */
  toMs: number
  /** The wait for the first token is measured of the streams that start from here on. */
  firstTokensFromMs: number
  /** What is not over by then never will be. */
  deadlineMs: number
}

export interface PlannedStream {
  startMs: number
  tokens: number
  /** Tokens per second; 0 is as fast as they go. */
  rate: number
}

export interface SteadyLoad {
  streams: number
  rate: number
  rampMs: number
  windowMs: number
  /** Short streams that start after the window, while all the others are open, one every `probeEveryMs`. */
  probes: number
  probeEveryMs: number
}

/** After the ramp, until what it stirred up has settled. */
const SETTLE_MS = 1_000
const TAIL_MS = 500
const PROBE_TOKENS = 5
const PATIENCE_MS = 15_000

/** So many streams, opened one after another, all of them open during the window and the probes. */
export function planSteadyLoad(load: SteadyLoad): LoadPlan {
  const { streams, rate, rampMs, windowMs, probes, probeEveryMs } = load
  const fromMs = rampMs + SETTLE_MS
  const toMs = fromMs + windowMs
  const probesEndMs = toMs + probes * probeEveryMs
  const tokens = Math.ceil(((probesEndMs + TAIL_MS) / 1000) * rate)
  const planned: PlannedStream[] = []
  for (let index = 0; index < streams; index++) planned.push({ startMs: (index / streams) * rampMs, tokens, rate })
  for (let index = 0; index < probes; index++) {
    planned.push({ startMs: toMs + index * probeEveryMs, tokens: PROBE_TOKENS, rate })
  }
  const deadlineMs = rampMs + (tokens / rate) * 1000 + PATIENCE_MS
  return { streams: planned, fromMs, toMs, firstTokensFromMs: probes > 0 ? toMs : 0, deadlineMs }
}

/** So many streams at once, as fast as they go. */
export function planBulkLoad(load: { streams: number; tokens: number; deadlineMs: number }): LoadPlan {
  const { streams, tokens, deadlineMs } = load
  const planned = Array.from({ length: streams }, () => ({ startMs: 0, tokens, rate: 0 }))
  return { streams: planned, fromMs: 0, toMs: deadlineMs, firstTokensFromMs: 0, deadlineMs }
}
