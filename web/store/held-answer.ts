import { LOG_START, type Cursor } from '#protocol/cursor.ts'
import type { GenerationEvent } from '#protocol/events.ts'
import { emptyAnswer, fold } from '#protocol/fold.ts'
import type { Answer } from '#protocol/messages.ts'

/**
 * Two folds of one log: everything received, and what is shown of it. They are one until a cursor holds the shown one; then
 * what comes after it waits. `shown` and then what waits give `received`, always.
 */
export interface HeldAnswer {
  shown: () => Answer
  received: () => Answer
  /** The last event that is shown. */
  shownTo: () => Cursor
  /** Takes the next event of the log; tells whether it is shown. */
  take: (cursor: Cursor, event: GenerationEvent) => boolean
  /** Shows up to this cursor and no further; null shows everything. What was shown stays, also of a later place. */
  holdAt: (at: Cursor | null) => void
  /** The log comes again from its start. What is held stays as it is until it is let go. */
  restart: () => void
}

export function createHeldAnswer(at: Cursor | null): HeldAnswer {
  let hold = at
  let received = emptyAnswer()
  let receivedTo = LOG_START
  let shown = received
  let shownTo = LOG_START
  let waiting: { cursor: Cursor; event: GenerationEvent }[] = []
  /** What is shown belongs to a log that has started again since, so nothing can be added to it. */
  let torn = false

  const showAll = () => {
    shown = received
    shownTo = receivedTo
    waiting = []
    torn = false
  }

  const showUpTo = (end: Cursor) => {
    const later = waiting.findIndex(({ cursor }) => isAfter(cursor, end))
    if (later === -1) return showAll()
    for (const { cursor, event } of waiting.splice(0, later)) {
      shown = fold(shown, event)
      shownTo = cursor
    }
  }

  return {
    shown: () => shown,
    received: () => received,
    shownTo: () => shownTo,
    take(cursor, event) {
      received = fold(received, event)
      receivedTo = cursor
      if (hold === null || (!torn && !isAfter(cursor, hold))) {
        showAll()
        return true
      }
      if (!torn) waiting.push({ cursor, event })
      return false
    },
    holdAt(next) {
      hold = next
      if (hold === null) showAll()
      else if (!torn && waiting.length > 0) showUpTo(hold)
    },
    restart() {
      torn = hold !== null && shown.parts.length > 0
      received = emptyAnswer()
      receivedTo = LOG_START
      waiting = []
      if (!torn) showAll()
    },
  }
}

/** How many tokens letting go would show: pieces of the answer as it is now that are not in what is shown. */
export function waitingTokens(shown: Answer, received: Answer): number {
  const pieces = received.metrics.pieces ?? 0
  const startedAnew = received.keptAttempt === undefined && received.superseded.length > shown.superseded.length
  return startedAnew ? pieces : Math.max(0, pieces - (shown.metrics.pieces ?? 0))
}

/** In the order of the log: a later epoch writes after everything of the ones before, also where it writes a seq again. */
function isAfter(one: Cursor, other: Cursor): boolean {
  return one.epoch === other.epoch ? one.seq > other.seq : one.epoch > other.epoch
}
