import { request } from 'node:http'
import { createParser } from 'eventsource-parser'
import { readText, type Target } from './target.ts'

/** Where a reader takes up: the cursor in the header, in the address, or in both, of which the header wins. */
export interface Place {
  header?: string | undefined
  query?: string | undefined
}

export type Visit =
  /** Nothing answered. */
  | { how: 'refused' }
  /** Answered without a stream: 204, or a problem. */
  | { how: 'answered'; status: number; text: string }
  /** `left` by the reader; `cut` without a word; `ended` as HTTP wants it; `silent` for so long that the reader left. */
  | { how: 'left' | 'cut' | 'ended' | 'silent' }

/** The server sends a heartbeat every 2 s in these runs. */
const SILENCE_MS = 15_000

/** Reads a generation's events over a connection of its own, until it is over or `onEvent` returns false. */
export function openEvents(
  { port, signal }: Target,
  generationId: string,
  place: Place,
  onEvent: (id: string, data: string) => boolean,
): Promise<Visit> {
  const { promise, resolve } = Promise.withResolvers<Visit>()
  const query = place.query === undefined ? '' : `?after=${place.query}`
  const path = `/api/v1/generations/${generationId}/events${query}`
  const headers = place.header === undefined ? {} : { 'last-event-id': place.header }
  const sent = request({ host: '127.0.0.1', port, path, headers, agent: false })
  const finish = (visit: Visit): void => {
    signal.removeEventListener('abort', leave)
    resolve(visit)
    sent.destroy()
  }
  const leave = (): void => finish({ how: 'left' })
  signal.addEventListener('abort', leave)
  sent.setTimeout(SILENCE_MS, () => finish({ how: 'silent' }))
  let answered = false
  sent.on('error', () => finish({ how: answered ? 'cut' : 'refused' }))
  sent.on('response', (response) => {
    answered = true
    const status = response.statusCode ?? 0
    if (status !== 200) {
      readText(response).then(
        (text) => finish({ how: 'answered', status, text }),
        () => finish({ how: 'cut' }),
      )
      return
    }
    let wanted = true
    const parser = createParser({
      onEvent({ event, id, data }) {
        // Frames with a name, such as the place in the queue, are no part of the log.
        if (wanted && event === undefined) wanted = onEvent(id ?? '', data)
      },
    })
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => {
      parser.feed(chunk)
      if (!wanted) leave()
    })
    response.on('error', () => finish({ how: 'cut' }))
    response.on('close', () => finish({ how: response.complete ? 'ended' : 'cut' }))
  })
  sent.end()
  return promise
}
