import type { GenerationEvent } from '#protocol/events.ts'

/** What the log says of the attempt that it ends in, beside the answer: what the next worker needs to go on. */
export interface AttemptSoFar {
  /** Milliseconds UTC; undefined before the first attempt. */
  startedAt?: number
  /** With this the provider can resume the attempt's response. */
  handle?: string
}

/** Folds one event in. A resumed attempt goes on with the one before; a try that failed before anything was visible took
 * its handle along, unless it was itself resuming. */
export function followAttempt(attempt: AttemptSoFar, event: GenerationEvent, resumes: boolean): AttemptSoFar {
  switch (event.type) {
    case 'attempt-start':
      return event.reason === 'resumed' ? { ...attempt, startedAt: event.at } : { startedAt: event.at }
    case 'provider-handle':
      return { ...attempt, handle: event.handle }
    case 'state':
      return event.code === 'waiting' && !resumes ? withoutHandle(attempt) : attempt
    default:
      return attempt
  }
}

function withoutHandle({ handle: _handle, ...rest }: AttemptSoFar): AttemptSoFar {
  return rest
}
