/** How long running answers may go on after a stop was asked for, before they are handed over. */
export const DRAIN_MS = 5_000

/** How long an API that was told to end by itself goes on serving, so that whoever asks for its readiness sees it first. */
export const RED_FIRST_MS = 1_000

/** How long requests that are under way then may take to be answered. */
export const LAST_ANSWERS_MS = 2_500

/** What a process may take beyond the drain before it is killed; its generations are recovered at the next start. */
export const KILL_AFTER_MS = 3_000
