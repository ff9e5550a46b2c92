/** Counted for at most so many generations; the oldest is forgotten first. */
const MAX_GENERATIONS = 10_000

/** Remembers how often a generation failed, so that a script can fail its first tries and then succeed. */
export function countFailedTries() {
  const failures = new Map<string, number>()
  return {
    /** Whether this try is one of the first `times`, which fail; counts it when it is. */
    fails(generationId: string, times: number): boolean {
      if (times === Infinity) return true
      const failed = failures.get(generationId) ?? 0
      if (failed >= times) return false
      failures.set(generationId, failed + 1)
      const [oldest] = failures.keys()
      if (failures.size > MAX_GENERATIONS && oldest !== undefined) failures.delete(oldest)
      return true
    },
  }
}
