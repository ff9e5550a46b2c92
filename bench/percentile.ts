export interface Spread {
  count: number
  p50: number
  p99: number
  max: number
}

/** Nearest-rank percentiles; NaN when there is nothing to rank. */
export function spreadOf(values: Iterable<number>): Spread {
  const sorted = Float64Array.from(values).sort()
  const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN
  return { count: sorted.length, p50: rank(0.5), p99: rank(0.99), max: rank(1) }
}
