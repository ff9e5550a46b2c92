/**
 * Says that something was changed which a user sees, in this process or in another: what it was stands in the store. Any
 * call may be lost, as with the doorbell.
 */
export interface Changes {
  /** Calls `listener` with the user's id until the returned function is called. */
  listen(listener: (userId: string) => void): () => void
}
