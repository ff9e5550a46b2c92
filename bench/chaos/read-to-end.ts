import { setTimeout as delay } from 'node:timers/promises'
import { openEvents, type Place } from './open-events.ts'
import { isOfDown, type Target } from './target.ts'
import type { Transcript } from './transcript.ts'

export interface Reading {
  target: Target
  generationId: string
  transcript: Transcript
  random: () => number
  fault: (what: string) => void
}

const RECONNECT_MS = 40
/** A server that is down is not asked as fast as a loop can: that would take its processor time from it. */
const REFUSED_MS = 200

/**
 * One reader of a generation: comes sooner or later, leaves at random, comes back by cursor, now and then at an earlier
 * one, and is done when it has seen the end. All that it is given goes through the transcript.
 */
export async function readToEnd(reading: Reading): Promise<void> {
  const { target, random, transcript } = reading
  let seq = 0
  await delay(random() < 0.5 ? 0 : random() * 1_000)
  while (!target.signal.aborted) {
    const back = random()
    // Coming back to an earlier place, or to the very start, tells the same once more.
    if (back < 0.03) seq = 0
    else if (back < 0.1) seq = Math.max(0, seq - Math.ceil(random() * 6))
    const visited = await visit(reading, seq)
    seq = visited.seq
    if (visited.done) return
    const pauseMs = { left: random() * 400, refused: REFUSED_MS * (1 + random()), other: 0 }[visited.how]
    await delay(RECONNECT_MS + pauseMs)
  }
  reading.fault(`a reader never saw the end; it had ${seq} events, and ${transcript.events().length} were known`)
}

interface Visited {
  seq: number
  done: boolean
  how: 'left' | 'refused' | 'other'
}

async function visit(reading: Reading, from: number): Promise<Visited> {
  const { target, generationId, transcript, random, fault } = reading
  const { tally } = target
  const takes = random() < 0.55 ? Infinity : Math.floor(random() * 40)
  let seq = from
  let taken = 0
  tally.connections += 1
  const result = await openEvents(target, generationId, choosePlace(transcript.cursorAt(from), random), (id, data) => {
    seq = transcript.accept(seq, id, data)
    taken += 1
    return taken < takes
  })
  tally.events += taken
  const done = seq > 0 && transcript.hasEnded() && seq === transcript.events().length
  switch (result.how) {
    case 'refused':
      tally.refused += 1
      return { seq, done, how: 'refused' }
    case 'left':
      tally.leftByReader += 1
      return { seq, done, how: 'left' }
    case 'cut':
      tally.cutByServer += 1
      break
    case 'silent':
      tally.silent += 1
      break
    case 'ended':
      if (!done) fault(`a stream was ended as if it were complete, after event ${seq}`)
      break
    case 'answered': {
      const { status, text } = result
      if (isOfDown(target, status)) return { seq, done, how: 'refused' }
      if (status === 204 && done) break
      fault(`a reader after ${transcript.cursorAt(from) ?? 'nothing'} was answered with ${status}: ${text}`)
      break
    }
  }
  return { seq, done, how: 'other' }
}

/** Which of the ways to say it: an address that is too old is what a browser keeps when it reconnects by itself. */
function choosePlace(cursor: string | undefined, random: () => number): Place {
  const way = random()
  if (cursor === undefined) return way < 0.2 ? { query: '0-0' } : {}
  if (way < 0.45) return { header: cursor }
  if (way < 0.9) return { query: cursor }
  return { header: cursor, query: '0-0' }
}
