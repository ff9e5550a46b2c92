/** How long running answers may go on after a stop was asked for, before they are handed over. */
export const DRAIN_MS = 5_000

/** What a process may take beyond the drain before it is killed; its generations are recovered at the next start. */
export const KILL_AFTER_MS = 3_000
