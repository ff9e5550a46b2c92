/** What a person chose on the command line. */
export interface BenchmarkOptions {
  /** A short run, for a look rather than for the record. */
  quick: boolean
  /** Names of goals or parts; empty for all. */
  only: readonly string[]
  targets: readonly ('floor' | 'ours')[]
  /** How many processes to kill; undefined leaves it to the benchmark. */
  kills: number | undefined
  /** Fixes what is drawn at random. */
  seed: number | undefined
  /** Aborted when the person wants no more. */
  signal: AbortSignal
}
