// Whoever is first to ask for this clock waits for it to be loaded; that must not lie between the two readings below.
performance.now()

/** Between `performance.now`, which begins at zero in every process, and the clock of the machine. */
const offsetMs = Number(process.hrtime.bigint()) / 1e6 - performance.now()

/** Milliseconds on a clock that all processes of this machine share and that never goes back. */
export function monotonicMs(): number {
  return performance.now() + offsetMs
}

export async function sleepUntil(atMs: number): Promise<void> {
  const waitMs = atMs - monotonicMs()
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
}
