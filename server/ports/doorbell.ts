/**
 * Wakes other processes of the same installation sooner than their polls would. Carries ids, never text, and may lose
 * any ring: nothing is correct only because a bell rang. A process does not hear its own rings.
 */
export interface Doorbell {
  ring(bell: Bell): void
  /** Calls `listener` for every ring heard, until the returned function is called. */
  listen(listener: (bell: Bell) => void): () => void
  close(): Promise<void>
}

export type Bell =
  /** Events were committed to the log. */
  | { kind: 'log' }
  /** Jobs are due. */
  | { kind: 'jobs' }
  /** Someone asked to cancel this generation. */
  | { kind: 'cancel'; generationId: string }
  /** What a user sees was changed: their revision is higher. */
  | { kind: 'changes'; userId: string }
  /** A model list was refreshed, or should be. */
  | { kind: 'models' }
