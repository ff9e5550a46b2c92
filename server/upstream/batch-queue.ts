import { piecesOf } from '#protocol/events.ts'
import type { ProviderEvent } from '#server/ports/provider.ts'

type Batch = readonly ProviderEvent[]

/** Events between an upstream that pushes and one reader that pulls. */
export interface BatchQueue {
  /** Characters that wait for the reader. */
  waitingCharacters(): number
  add(events: Batch): void
  /** Nothing follows; what waits is still given out. */
  close(): void
  /** Closes, and drops what waits. */
  discard(): void
  /** Everything that waits as one batch, as soon as there is something; done once closed and empty. */
  next(): Promise<IteratorResult<Batch, undefined>>
}

/**
 * While the reader is busy, deltas of one type grow into one event: what waits is as large as its text, however small
 * the pieces it came in. `onTaken` runs each time that the reader took what had to wait.
 */
export function createBatchQueue(onTaken: () => void): BatchQueue {
  let waiting: ProviderEvent[] = []
  let waitingCharacters = 0
  let closed = false
  let readers: ((step: IteratorResult<Batch, undefined>) => void)[] = []

  function take(): IteratorResult<Batch, undefined> {
    const value = waiting
    waiting = []
    waitingCharacters = 0
    onTaken()
    return { done: false, value }
  }

  function close(): void {
    closed = true
    for (const reader of readers) reader({ done: true, value: undefined })
    readers = []
  }

  return {
    waitingCharacters: () => waitingCharacters,

    add(events) {
      if (closed || events.length === 0) return
      const reader = readers.shift()
      // Whoever waits has taken everything before.
      if (reader) return reader({ done: false, value: events })
      for (const event of events) {
        const last = waiting.at(-1)
        if ('text' in event) waitingCharacters += event.text.length
        if (last && 'text' in last && 'text' in event && last.type === event.type) {
          last.text += event.text
          last.pieces = piecesOf(last) + piecesOf(event)
        } else waiting.push(event)
      }
    },

    close,

    discard() {
      waiting = []
      waitingCharacters = 0
      close()
    },

    next() {
      if (waiting.length > 0) return Promise.resolve(take())
      if (closed) return Promise.resolve({ done: true, value: undefined })
      return new Promise((resolve) => readers.push(resolve))
    },
  }
}
