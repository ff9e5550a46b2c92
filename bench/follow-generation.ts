import type { GenerationEvent } from '#protocol/events.ts'
import { openFrames, type FrameStream } from './stream/open-frames.ts'

export interface EventListener {
  /** An event of the log, once each; `cursor` is its place. */
  event(event: GenerationEvent, receivedMs: number, cursor: string): void
  /** Nothing more comes. Without a reason the terminal event was the last one. Called once, and not after `close`. */
  over(reason: string | undefined): void
}

/** Follows one generation over a connection of its own, from the start or after a cursor. */
export function followGeneration(
  port: number,
  generationId: string,
  after: string | undefined,
  listener: EventListener,
): FrameStream {
  const query = after === undefined ? '' : `?after=${after}`
  const frames: FrameStream = openFrames(
    { port, method: 'GET', path: `/api/v1/generations/${generationId}/events${query}` },
    {
      frame(frame, receivedMs) {
        // Comments and the place in the queue have no cursor.
        if (!frame.startsWith('id: ')) return
        const lineEnd = frame.indexOf('\ndata: ')
        const event = JSON.parse(frame.slice(lineEnd + 7)) as GenerationEvent
        listener.event(event, receivedMs, frame.slice(4, lineEnd))
        if (event.type !== 'end') return
        frames.close()
        listener.over(undefined)
      },
      over: listener.over,
    },
  )
  return frames
}
