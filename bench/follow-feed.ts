import type { FeedFrame } from '#protocol/api/feed.ts'
import type { EventListener } from './follow-generation.ts'
import { openFrames, type FrameStream } from './stream/open-frames.ts'

export interface FeedListener extends EventListener {
  /** A frame of anything else than events. */
  other?: (frame: FeedFrame, receivedMs: number) => void
}

/** What a page does: follows one generation over a feed of its own, which tells everything else of that user too. */
export function followFeed(
  { port, query = '' }: { port: number; query?: string },
  generationId: string,
  after: string | undefined,
  listener: FeedListener,
): FrameStream {
  const place = after === undefined ? generationId : `${generationId}:${after}`
  const frames: FrameStream = openFrames(
    { port, method: 'GET', path: `/api/v1/events?follow=${place}${query}` },
    {
      frame(text, receivedMs) {
        const frame = parseFrame(text)
        if (frame?.event === 'log') tell(frame.data)
        else if (frame) listener.other?.(frame, receivedMs)

        function tell({ events, ended }: Extract<FeedFrame, { event: 'log' }>['data']): void {
          for (const { cursor, ...event } of events) listener.event(event, receivedMs, cursor)
          if (!ended) return
          frames.close()
          listener.over(undefined)
        }
      },
      over: listener.over,
    },
  )
  return frames
}

/** Undefined for a comment. Our own server writes the name first, then the data. */
function parseFrame(text: string): FeedFrame | undefined {
  const match = /^event: (.*)\ndata: (.*)/.exec(text)
  return match ? ({ event: match[1], data: JSON.parse(match[2] ?? '') as unknown } as FeedFrame) : undefined
}
