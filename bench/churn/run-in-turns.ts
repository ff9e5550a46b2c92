import type { ProbedServer } from '../probe/start-probed-server.ts'
import type { Observation } from './judge-churn.ts'
import { observeServer, type ProcessState } from './observe-server.ts'

export interface ChurnPlan {
  /** Operations that are counted; those of the warm-up come before. */
  operations: number
  warmUp: number
  checkpoints: number
  /** How many are under way at once. */
  concurrency: number
}

/**
 * Runs operations and looks at the server's processes in between, with nothing under way. In each lane there is one
 * operation at a time.
 */
export async function runInTurns(
  server: ProbedServer,
  plan: ChurnPlan,
  operate: (index: number, lane: number) => Promise<void>,
  signal: AbortSignal,
): Promise<Observation[]> {
  const { operations, warmUp, checkpoints, concurrency } = plan
  let begun = 0

  async function runUpTo(count: number): Promise<void> {
    const runLane = async (_: unknown, lane: number) => {
      while (begun < count) {
        signal.throwIfAborted()
        begun += 1
        await operate(begun - 1, lane)
      }
    }
    await Promise.all(Array.from({ length: concurrency }, runLane))
  }

  await runUpTo(warmUp)
  // To be asked for the first time takes memory as well.
  await observeServer(server, undefined)
  const observations: Observation[] = []
  let before: ProcessState[] | undefined
  for (let checkpoint = 0; checkpoint <= checkpoints; checkpoint++) {
    const counted = Math.round((operations * checkpoint) / checkpoints)
    await runUpTo(warmUp + counted)
    const processes = await observeServer(server, before)
    before ??= processes
    observations.push({ operations: counted, processes })
  }
  return observations
}
