/** What one run counts, shared by all who take part in it. */
export interface Tally {
  asked: number
  /** Requests that had to be sent again because no answer came. */
  sentAgain: number
  connections: number
  leftByReader: number
  cutByServer: number
  refused: number
  /** Connections that brought not even a heartbeat for a long time. */
  silent: number
  events: number
  /** Longest time from a send to its end, as one who does not know when the server is down sees it. */
  slowestMs: number
  breaches: Breach[]
}

export interface Breach {
  what: string
  generationId: string
  /** Everything that is needed to see how it came about. */
  context: string
}

export function createTally(): Tally {
  return {
    asked: 0,
    sentAgain: 0,
    connections: 0,
    leftByReader: 0,
    cutByServer: 0,
    refused: 0,
    silent: 0,
    events: 0,
    slowestMs: 0,
    breaches: [],
  }
}
