import type { ProviderEvent } from '#server/ports/provider.ts'

type Batch = readonly ProviderEvent[]

/** Events between an upstream that pushes and one reader that pulls. */
export interface BatchQueue {
  /** Characters that wait for the reader. */
  readonly waitingCharacters: number
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
 * the pieces it came in. `onTaken` runs after each batch that the reader took.
 */
export function createBatchQueue(onTaken: () => void): BatchQueue {
  let waiting: ProviderEvent[] = []
  let waitingCharacters = 0
  let closed = false
  let readers: ((step: IteratorResult<Batch, undefined>) => void)[] = []

  function wake(): void {
    if (waiting.length > 0) {
      const reader = readers.shift()
      reader?.(take())
      return
    }
    if (!closed) return
    for (const reader of readers) reader({ done: true, value: undefined })
    readers = []
  }

  function take(): IteratorResult<Batch, undefined> {
    const value = waiting
    waiting = []
    waitingCharacters = 0
    onTaken()
    return { done: false, value }
  }

  function close(): void {
    closed = true
    while (readers.length > 0) wake()
  }

  return {
    get waitingCharacters() {
      return waitingCharacters
    },

    add(events) {
      if (closed || events.length === 0) return
      for (const event of events) {
        const last = waiting.at(-1)
        if ('text' in event) waitingCharacters += event.text.length
        if (last && 'text' in last && 'text' in event && last.type === event.type) last.text += event.text
        else waiting.push(event)
      }
      if (readers.length > 0) wake()
    },

    close,

    discard() {
      waiting = []
      waitingCharacters = 0
      close()
    },

    next() {
      if (waiting.length > 0 && readers.length === 0) return Promise.resolve(take())
      if (closed) return Promise.resolve({ done: true, value: undefined })
      return new Promise((resolve) => readers.push(resolve))
    },
  }
}
