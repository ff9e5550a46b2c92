import type { Logger } from '#server/domain/logger.ts'
import { complain } from './complain.ts'
import { sweep } from './sweep.ts'
import { wait } from './wait.ts'

const SWEEP_MS = 30_000

/** Sweeps at once and then regularly. Resolves when the signal aborts. */
export async function sweepUntil(
  signal: AbortSignal,
  deps: Parameters<typeof sweep>[0] & { logger: Logger },
): Promise<void> {
  do {
    try {
      await sweep(deps)
    } catch (error) {
      complain(deps.logger, error, 'the sweep failed; it is tried again')
    }
  } while (await wait(SWEEP_MS, signal))
}
