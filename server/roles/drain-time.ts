/** How long running answers may go on after a stop was asked for, before they are handed over. */
export const DRAIN_MS = 5_000
