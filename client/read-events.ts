import { createParser, type EventSourceMessage } from 'eventsource-parser'

/**
 * Reads the body of an event stream until it ends, fails or brings no byte for `stallMs`; comments count as bytes, so a
 * server's heartbeat keeps it alive. Yields whole events only: one that was cut off is dropped, because the next
 * connection brings it again. Returns in every case, and always closes the body.
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  options: { stallMs: number; onBytes: () => void },
): AsyncGenerator<EventSourceMessage, 'ended' | 'cut' | 'stalled'> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let events: EventSourceMessage[] = []
  const parser = createParser({ onEvent: (event) => events.push(event) })
  try {
    for (;;) {
      const chunk = await readChunk(reader, options.stallMs)
      if (chunk === 'stalled' || chunk === 'cut') return chunk
      if (chunk.done) return 'ended'
      options.onBytes()
      parser.feed(decoder.decode(chunk.value, { stream: true }))
      const complete = events
      events = []
      yield* complete
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

async function readChunk(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  stallMs: number,
): Promise<ReadableStreamReadResult<Uint8Array> | 'cut' | 'stalled'> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const stalled = new Promise<'stalled'>((resolve) => {
    timer = setTimeout(() => resolve('stalled'), stallMs)
  })
  try {
    return await Promise.race([reader.read(), stalled])
  } catch {
    return 'cut'
  } finally {
    clearTimeout(timer)
  }
}
