import { parseCursor } from '#protocol/cursor.ts'
import type { GenerationEvent } from '#protocol/events.ts'

/**
 * What all readers of one generation have seen together. Events never change: what one reader was given at a place, every
 * other one has to be given there too, whenever it comes.
 */
export interface Transcript {
  /**
   * Takes an event as a reader got it, `after` being the seq of the one that it has before. Returns its seq. What does not
   * fit is a fault.
   */
  accept(after: number, id: string, data: string): number
  /** The cursor at a seq that was seen; undefined at the start of the log. */
  cursorAt(seq: number): string | undefined
  events(): GenerationEvent[]
  hasEnded(): boolean
  /** The events in short, one a line. */
  describe(): string
}

export function createTranscript(fault: (what: string) => void): Transcript {
  const rows: { id: string; data: string }[] = []
  let ended = false

  return {
    accept(after, id, data) {
      const cursor = parseCursor(id)
      if (!cursor) {
        fault(`an event has the id "${id}"`)
        return after
      }
      const { seq, epoch } = cursor
      if (seq !== after + 1) fault(`after event ${after} came ${id}`)
      const known = rows[seq - 1]
      if (known) {
        if (known.id !== id) fault(`at ${known.id} another reader was given ${id}`)
        if (known.data !== data) fault(`at ${id} one reader was given ${known.data}, another ${data}`)
        return seq
      }
      if (ended) fault(`${id} came after the end`)
      if (seq !== rows.length + 1) fault(`${id} came while only ${rows.length} events were known`)
      if (epoch < (parseCursor(rows.at(-1)?.id ?? '')?.epoch ?? 0))
        fault(`${id} is of an earlier epoch than its neighbour`)
      rows.push({ id, data })
      ended ||= (JSON.parse(data) as GenerationEvent).type === 'end'
      return seq
    },
    cursorAt: (seq) => rows[seq - 1]?.id,
    events: () => rows.map(({ data }) => JSON.parse(data) as GenerationEvent),
    hasEnded: () => ended,
    describe: () => rows.map(({ id, data }) => `${id} ${data}`).join('\n'),
  }
}
