import { get } from 'node:http'
import { createParser } from 'eventsource-parser'
import type { FeedFrame } from '#protocol/api/feed.ts'

const WAIT_MS = 15_000

/** One connection of the feed as an `EventSource` would read it. */
export interface FeedReader {
  frames: (FeedFrame & { id: string | undefined })[]
  status: () => number
  /** What an `EventSource` would send when it comes back. */
  lastEventId: () => string
  streamId: () => string
  /** Resolves once it holds of the frames so far. */
  until: (holds: () => boolean, what?: string) => Promise<void>
  pause: () => void
  resume: () => void
  cut: () => void
  /** Resolves when the connection is gone, whoever ended it: whether that was in the clean way. */
  closed: Promise<boolean>
}

/** @param cutAfterBytes of the body, wherever in a frame that is */
export function openFeed(port: number, { query = '', lastEventId = '', cutAfterBytes = Infinity } = {}): FeedReader {
  const frames: FeedReader['frames'] = []
  const checks = new Set<() => void>()
  const { promise: closed, resolve } = Promise.withResolvers<boolean>()
  const parser = createParser({
    onEvent: ({ event, data, id }) =>
      frames.push({ event, data: JSON.parse(data), id } as FeedReader['frames'][number]),
  })
  const decoder = new TextDecoder()
  let lastId = lastEventId
  let bytes = 0
  let text = ''
  let statusCode = 0
  const headers = lastEventId === '' ? {} : { 'last-event-id': lastEventId }
  const request = get({ host: '127.0.0.1', port, path: `/api/v1/events${query}`, headers }, (response) => {
    statusCode = response.statusCode ?? 0
    response.on('data', (chunk: Buffer) => {
      const taken = chunk.subarray(0, cutAfterBytes - bytes)
      bytes += taken.length
      take(decoder.decode(taken, { stream: true }))
      if (bytes >= cutAfterBytes) request.destroy()
    })
    response.on('error', () => {})
    response.on('close', () => resolve(response.complete))
  })
  request.on('error', () => resolve(false))

  function take(more: string): void {
    parser.feed(more)
    // The parser hands on no frame without data, although its id counts.
    text += more
    const end = text.lastIndexOf('\n\n')
    const ids = [...text.slice(0, end + 1).matchAll(/^id: (.*)$/gm)]
    lastId = ids.at(-1)?.[1] ?? lastId
    text = text.slice(end + 1)
    for (const check of checks) check()
  }

  return {
    frames,
    status: () => statusCode,
    lastEventId: () => lastId,
    streamId: () => frames.find((frame) => frame.event === 'open')?.data.streamId ?? '',
    until(holds, what = String(holds)) {
      return new Promise((done, fail) => {
        const timer = setTimeout(() => fail(new Error(`never: ${what}`)), WAIT_MS)
        const check = (): void => {
          if (!holds()) return
          clearTimeout(timer)
          checks.delete(check)
          done()
        }
        checks.add(check)
        check()
      })
    },
    pause: () => void request.socket?.pause(),
    resume: () => void request.socket?.resume(),
    cut: () => void request.destroy(),
    closed,
  }
}

/** The seqs of all events that were told of one generation, in the order in which they came. */
export function seqsOf(frames: FeedReader['frames'], generationId: string): number[] {
  return frames.flatMap((frame) =>
    frame.event === 'log' && frame.data.generationId === generationId
      ? frame.data.events.map(({ cursor }) => Number(cursor.split('-')[1]))
      : [],
  )
}

export function upTo(last: number, first = 1): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

export function isEnded(frames: FeedReader['frames'], generationId: string): boolean {
  return frames.some(
    (frame) => frame.event === 'log' && frame.data.generationId === generationId && frame.data.ended === true,
  )
}
