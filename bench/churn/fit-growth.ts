/** A value as it was after so many operations. */
export interface Checkpoint {
  operations: number
  value: number
}

export interface Growth {
  /** Per 1,000 operations, of the straight line that fits best. */
  perThousand: number
  /** Standard error of that; infinite below three checkpoints. */
  error: number
  first: number
  last: number
}

/** Fits a line to the checkpoints by least squares. */
export function fitGrowth(checkpoints: readonly Checkpoint[]): Growth {
  const count = checkpoints.length
  const mean = (read: (checkpoint: Checkpoint) => number) =>
    checkpoints.reduce((sum, checkpoint) => sum + read(checkpoint), 0) / count
  const meanOperations = mean(({ operations }) => operations)
  const meanValue = mean(({ value }) => value)
  let [spread, shared] = [0, 0]
  for (const { operations, value } of checkpoints) {
    spread += (operations - meanOperations) ** 2
    shared += (operations - meanOperations) * (value - meanValue)
  }
  const slope = spread === 0 ? 0 : shared / spread
  let residue = 0
  for (const { operations, value } of checkpoints) {
    residue += (value - meanValue - slope * (operations - meanOperations)) ** 2
  }
  const error = count < 3 ? Infinity : Math.sqrt(residue / (count - 2) / spread)
  const [first = { value: NaN }, last = first] = [checkpoints[0], checkpoints.at(-1)]
  return { perThousand: slope * 1_000, error: error * 1_000, first: first.value, last: last.value }
}

/** Whether it grows by more than the limit per 1,000 operations: by so much that chance does not explain it. */
export function isFlat({ perThousand, error }: Growth, limitPerThousand: number): boolean {
  return perThousand - 2 * error <= limitPerThousand
}
