import type { GenerationStatus } from '#protocol/messages.ts'

const TERMINAL = ['completed', 'failed', 'cancelled'] as const
type TerminalStatus = (typeof TERMINAL)[number]

/** Whether a generation has ended. Nothing follows these states: a generation ends once. */
export function isTerminal(status: GenerationStatus): status is TerminalStatus {
  return TERMINAL.some((terminal) => terminal === status)
}

/** After this many attempts lost with their worker a generation fails with `worker-lost`. */
export const MAX_ATTEMPTS = 3
