import fc from 'fast-check'

export interface PropertyRuns {
  parameters: { numRuns: number; seed: number; plugins: ReturnType<typeof fc.interruptAfterTimeLimit>[] }
  /** For the test: what is found to be broken is made small and told before. */
  timeoutMs: number
}

const SEED = 20_260_401
const TIME_LIMIT_MS = 180_000

/**
 * How often a property is tried, always with the same cases. `PROPERTY_RUNS=50` tries fifty times as many;
 * `PROPERTY_SEED=<number>` tries others, `PROPERTY_SEED=random` new ones each time. A failure prints the seed and the path.
 */
export function propertyRuns(numRuns: number): PropertyRuns {
  const factor = Number(process.env['PROPERTY_RUNS'] ?? 1)
  const seed = process.env['PROPERTY_SEED'] ?? SEED
  const timeLimitMs = TIME_LIMIT_MS * Math.max(1, factor)
  return {
    parameters: {
      numRuns: Math.max(1, Math.round(numRuns * factor)),
      seed: seed === 'random' ? Date.now() % 2 ** 31 : Number(seed),
      plugins: [fc.interruptAfterTimeLimit(timeLimitMs, { failOnInterrupt: true })],
    },
    timeoutMs: timeLimitMs + 30_000,
  }
}
