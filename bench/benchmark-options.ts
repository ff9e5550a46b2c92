/** What a person chose on the command line. */
export interface BenchmarkOptions {
  /** A short run, for a look rather than for the record. */
  quick: boolean
  /** Names of goals; empty for all. */
  only: readonly string[]
  targets: readonly ('floor' | 'ours')[]
  /** Aborted when the person wants no more. */
  signal: AbortSignal
}
