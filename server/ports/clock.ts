/** Time, ids and waiting, passed in so that tests can decide them. */
export interface Clock {
  /** Milliseconds UTC. */
  now(): number
  /** A new UUIDv7 (RFC 9562): ids of one process sort in the order they were made. */
  newId(): string
}
