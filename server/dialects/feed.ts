import type { FeedFrames } from '#protocol/api/feed.ts'
import type { LoggedEvent } from './stream-dialect.ts'

/** A frame that does not move the place. */
export function feedFrame<Name extends keyof FeedFrames>(event: Name, data: FeedFrames[Name]): string {
  return `${unplacedFrame(event, data)}\n`
}

/** First of every stream, with the place where it begins. */
export function openFrame(data: FeedFrames['open'], place: string): string {
  return unplacedFrame('open', data) + placeLine(place)
}

/** A conversation as it is now; `placeLine` ends it. */
export function changeFrame<Name extends 'conversation' | 'removed'>(event: Name, data: FeedFrames[Name]): string {
  return unplacedFrame(event, data)
}

/** The part of a `log` frame that is the same for all who follow from the same place; `placeLine` ends it. */
export function logFrame(events: readonly LoggedEvent[]): string {
  const generationId = events[0]?.generationId ?? ''
  let list = ''
  for (const { epoch, seq, json } of events) {
    // The stored JSON is an object with at least a type, so its first brace can be opened wider without parsing it.
    list += `${list === '' ? '' : ','}{"cursor":"${epoch}-${seq}",${json.slice(1)}`
  }
  const ended = events.at(-1)?.type === 'end' ? ',"ended":true' : ''
  return `event: log\ndata: {"generationId":"${generationId}","events":[${list}]${ended}}\n`
}

/** The same where the log is sealed and nothing is left to tell. */
export function endedFrame(generationId: string): string {
  return unplacedFrame('log', { generationId, events: [], ended: true })
}

/** Ends a frame, with the place of the whole stream after it. On its own it only moves the place. */
export function placeLine(place: string): string {
  return `id: ${place}\n\n`
}

function unplacedFrame<Name extends keyof FeedFrames>(event: Name, data: FeedFrames[Name]): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n`
}
