import type { GenerationStatus } from '#protocol/messages.ts'

/** What may follow each state of a generation. Every write is a compare-and-set against the states before it. */
const FOLLOWING: Record<GenerationStatus, readonly GenerationStatus[]> = {
  queued: ['running', 'completed', 'failed', 'cancelled'],
  running: ['queued', 'waiting', 'recovering', 'completed', 'failed', 'cancelled'],
  waiting: ['running', 'completed', 'failed', 'cancelled'],
  recovering: ['running', 'completed', 'failed', 'cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
}

/** The states from which a generation may get into this one. */
export function statesBefore(status: GenerationStatus): GenerationStatus[] {
  return (Object.keys(FOLLOWING) as GenerationStatus[]).filter((before) => FOLLOWING[before].includes(status))
}

const TERMINAL = ['completed', 'failed', 'cancelled'] as const
type TerminalStatus = (typeof TERMINAL)[number]

/** Whether a generation has ended. Nothing follows these states: a generation ends once. */
export function isTerminal(status: GenerationStatus): status is TerminalStatus {
  return TERMINAL.some((terminal) => terminal === status)
}

/** After this many attempts lost with their worker a generation fails with `worker-lost`. */
export const MAX_ATTEMPTS = 3
