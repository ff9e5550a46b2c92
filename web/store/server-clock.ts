export interface ServerClock {
  /** Milliseconds to add to this machine's time to have the server's; 0 as long as the two cannot be told apart. */
  offsetMs: () => number
  /** A reply of the server to a request that was sent at `sentAt` and answered at `repliedAt`, milliseconds UTC here. */
  observe: (response: Response, sentAt: number, repliedAt: number) => void
  /** The server said at `heardAt` or before, milliseconds UTC here, that its clock showed `at`. */
  learn: (at: number, heardAt: number) => void
}

/** A `Date` header tells whole seconds, and a server may keep one for another second. */
const RESOLUTION_MS = 2000

/**
 * How far the server's clock is off, from the `Date` of its replies: the times in an answer are the server's, and a
 * countdown on a machine whose clock is wrong would be as wrong. Each reply narrows down what the offset can be.
 */
export function createServerClock(): ServerClock {
  let least = Number.NEGATIVE_INFINITY
  let most = Number.POSITIVE_INFINITY
  const narrow = (lower: number, upper: number) => {
    least = Math.max(least, lower)
    most = Math.min(most, upper)
    if (least <= most) return
    // One of the two clocks was set meanwhile.
    least = lower
    most = upper
  }
  return {
    offsetMs() {
      if (least > 0) return least
      return most < 0 ? most : 0
    },
    observe(response, sentAt, repliedAt) {
      const date = Date.parse(response.headers.get('date') ?? '')
      if (Number.isNaN(date)) return
      narrow(date - repliedAt, date + RESOLUTION_MS - sentAt)
    },
    learn: (at, heardAt) => narrow(at - heardAt, Number.POSITIVE_INFINITY),
  }
}
