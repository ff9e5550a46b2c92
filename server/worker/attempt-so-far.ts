import type { GenerationEvent } from '#protocol/events.ts'

/** What the log says of the attempt that it ends in, beside the answer: what the next worker needs to go on. */
export interface AttemptSoFar {
  /** Milliseconds UTC, later by what its waits took beyond their time; undefined before the first attempt. */
  startedAt?: number
  /** While it waits for its provider: until when. */
  waitsUntil?: number
  /** With this the provider can resume the attempt's response. */
  handle?: string
}

/** Folds one event in. A resumed attempt goes on with the one before; a try that failed before anything was visible took
 * its handle along, unless it was itself resuming. */
export function followAttempt(attempt: AttemptSoFar, event: GenerationEvent, resumes: boolean): AttemptSoFar {
  switch (event.type) {
    case 'attempt-start':
      return event.reason === 'resumed'
        ? { ...endWait(attempt, event.at), startedAt: event.at }
        : { startedAt: event.at }
    case 'model-switch':
      // It is of no use to another provider. A resumed attempt names the model again that gave it.
      return resumes ? attempt : withoutHandle(attempt)
    case 'provider-handle':
      return { ...attempt, handle: event.handle }
    case 'state':
      if (event.code === 'connecting') return endWait(attempt, event.at)
      return event.code === 'waiting' ? beginWait(attempt, event.untilMs, resumes) : attempt
    default:
      return attempt
  }
}

function withoutHandle({ handle: _handle, ...rest }: AttemptSoFar): AttemptSoFar {
  return rest
}

function beginWait({ handle, ...rest }: AttemptSoFar, untilMs: number | undefined, resumes: boolean): AttemptSoFar {
  const waiting = untilMs === undefined ? rest : { ...rest, waitsUntil: untilMs }
  return resumes && handle !== undefined ? { ...waiting, handle } : waiting
}

/**
 * The next try begins. What went by after the wait was over, while nobody could take it up (no server was running, say, or
 * its user had no place among the running), is none of the attempt's time.
 */
export function endWait({ waitsUntil, ...attempt }: AttemptSoFar, at: number): AttemptSoFar {
  const { startedAt } = attempt
  if (startedAt === undefined || waitsUntil === undefined) return attempt
  return { ...attempt, startedAt: startedAt + Math.max(0, at - waitsUntil) }
}
