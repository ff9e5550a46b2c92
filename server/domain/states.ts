import type { GenerationStatus } from '#protocol/messages.ts'

export type TerminalStatus = 'completed' | 'failed' | 'cancelled'

/** Which status may follow which. Terminal states have no successors: a generation ends once. */
const SUCCESSORS: Record<GenerationStatus, readonly GenerationStatus[]> = {
  queued: ['running', 'cancelled', 'failed'],
  running: ['waiting', 'recovering', 'queued', 'completed', 'failed', 'cancelled'],
  waiting: ['running', 'recovering', 'failed', 'cancelled'],
  recovering: ['running', 'failed', 'cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
}

export function isTerminal(status: GenerationStatus): status is TerminalStatus {
  return SUCCESSORS[status].length === 0
}

export function mayFollow(from: GenerationStatus, to: GenerationStatus): boolean {
  return SUCCESSORS[from].includes(to)
}

/** After this many attempts lost with their worker a generation fails with `worker-lost`. */
export const MAX_ATTEMPTS = 3
