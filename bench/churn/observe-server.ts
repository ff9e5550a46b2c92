import { readdirSync } from 'node:fs'
import { monotonicMs, sleepUntil } from '../monotonic.ts'
import type { ProbedServer } from '../probe/start-probed-server.ts'
import { residentBytes } from '../process-usage.ts'
import { findServerProcesses } from '../server-processes.ts'

/** What one process of the server holds. */
export interface ProcessState {
  pid: number
  /** `api`, `worker` or `supervisor`. */
  role: string
  /** Used heap after a collection: of the main thread, then of the database's. */
  heapBytes: number[]
  fileDescriptors: number
  /** What keeps its event loop alive, all kinds together. */
  handles: number
  residentBytes: number
}

/** Connections that are kept for the next request are closed by then; so are those of a client that has left. */
const SETTLE_CAP_MS = 8_000
const POLL_MS = 100

/**
 * Looks at all processes of a server with nothing to do, once their descriptors are as few as they were before, or time is
 * up. Throws when one of them was replaced since.
 */
export async function observeServer(
  server: ProbedServer,
  before: readonly ProcessState[] | undefined,
): Promise<ProcessState[]> {
  const { supervisor, api, workers } = findServerProcesses(server.pid)
  const roles = [
    { role: 'api', pid: api },
    ...workers.map((pid) => ({ role: 'worker', pid })),
    { role: 'supervisor', pid: supervisor },
  ]
  if (before && before.some(({ pid }, index) => pid !== roles[index]?.pid)) throw new Error('a process was replaced')
  const deadlineMs = monotonicMs() + SETTLE_CAP_MS
  const isSettled = () =>
    before !== undefined &&
    roles.every(({ pid }, index) => countDescriptors(pid) <= (before[index]?.fileDescriptors ?? 0))
  while (monotonicMs() < deadlineMs && !isSettled()) await sleepUntil(monotonicMs() + POLL_MS)
  const states: ProcessState[] = []
  for (const { role, pid } of roles) {
    const { heapBytes, resources } = await server.probe(pid)
    states.push({
      pid,
      role,
      heapBytes,
      fileDescriptors: countDescriptors(pid),
      handles: Object.values(resources).reduce((sum, count) => sum + count, 0),
      residentBytes: residentBytes([pid]),
    })
  }
  return states
}

function countDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}
