import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FeedFrame, FollowSet } from '#protocol/api/feed.ts'
import type { ConversationView } from '#protocol/api/conversations.ts'
import type { Cursor } from '#protocol/cursor.ts'
import type { GenerationEvent } from '#protocol/events.ts'
import { formatFeedCursor, parseFollowed } from '#protocol/feed-cursor.ts'
import { createLogServer, cutAfter, startStream, type LogServer } from './log-server.fixture.ts'

export interface FeedServerOptions {
  /** Whole logs, all sealed, by generation. */
  logs?: Record<string, readonly GenerationEvent[]>
  /** The conversation that changed at each revision, from 1. */
  changes?: readonly string[]
  /** Where a stream begins that names no place; by default after all changes. */
  begin?: number
  /** So many bytes of a connection's first reply get through, by its number from 1; then it is cut. */
  cutAt?: (connection: number) => number | undefined
  /** Takes a request in the server's place. */
  instead?: (request: IncomingMessage, response: ServerResponse, connection: number) => boolean
}

export interface FeedServer extends LogServer {
  /** What was asked of streams that were open. */
  told: FollowSet[]
  /** Writes a frame on every stream that is open. */
  write: (frame: FeedFrame, id?: string) => void
  cut: () => void
}

/** Two events a frame, so that frames of several generations take turns. */
const EVENTS_PER_FRAME = 2

/** The server's end of the feed as the wire format describes it, for the tests of this folder. */
export async function createFeedServer(options: FeedServerOptions): Promise<FeedServer> {
  const { logs = {}, changes = [] } = options
  const told: FollowSet[] = []
  const open = new Map<string, ServerResponse>()
  let connections = 0

  const server = await createLogServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost')
    if (request.method === 'PUT') return void take(request, response, url.pathname.split('/')[4] ?? '')
    connections += 1
    if (options.instead?.(request, response, connections)) return
    const streamId = `s${connections}`
    const after = Number(url.searchParams.get('after') ?? options.begin ?? changes.length)
    const text =
      frame({ event: 'open', data: { streamId, at: 1_000 } }, String(after)) +
      frame({ event: 'live', data: { generations: [] } }) +
      changesAfter(after) +
      logFrames(logs, parseFollowed(url.searchParams.get('follow') ?? '') ?? new Map())
    startStream(response)
    const cutAt = options.cutAt?.(connections)
    if (cutAt !== undefined) return void cutAfter(response, Buffer.from(text).subarray(0, cutAt))
    open.set(streamId, response)
    response.on('close', () => open.delete(streamId))
    response.write(text)
  })

  const changesAfter = (after: number) =>
    changes
      .slice(after)
      .map((id, index) => frame(conversationFrame(id, after + index + 1), String(after + index + 1)))
      .join('')

  const take = async (request: IncomingMessage, response: ServerResponse, streamId: string) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const stream = open.get(streamId)
    if (!stream) {
      response.writeHead(404, { 'content-type': 'application/problem+json' })
      return void response.end(JSON.stringify({ code: 'unknown-stream', status: 404, detail: '' }))
    }
    const set = JSON.parse(body) as FollowSet
    told.push(set)
    response.writeHead(204).end()
    const asked = set.follow.flatMap(({ generationId, after }) =>
      after === undefined ? [] : [`${generationId}:${after}`],
    )
    stream.write(logFrames(logs, parseFollowed(asked.join(',')) ?? new Map()))
  }

  return {
    ...server,
    told,
    write: (data, id) => open.forEach((response) => response.write(frame(data, id))),
    cut: () => open.forEach((response) => response.destroy()),
  }
}

export function conversationFrame(id: string, revision: number): FeedFrame {
  return { event: 'conversation', data: { id, revision } as ConversationView }
}

function logFrames(logs: Record<string, readonly GenerationEvent[]>, asked: ReadonlyMap<string, Cursor>): string {
  let text = ''
  const places = new Map<string, number>()
  for (const [generationId, cursor] of asked) {
    const reason = refusalOf(logs[generationId], cursor)
    if (reason) text += frame({ event: 'lost', data: { generationId, reason } })
    else places.set(generationId, cursor.seq)
  }
  while (places.size > 0)
    for (const [generationId, seq] of places) {
      const log = logs[generationId] ?? []
      const events = log
        .slice(seq, seq + EVENTS_PER_FRAME)
        .map((event, index) => ({ ...event, cursor: `1-${seq + index + 1}` }))
      const to = seq + events.length
      const isLast = to >= log.length
      const vector = formatFeedCursor({
        revision: undefined,
        followed: new Map([[generationId, { epoch: 1, seq: to }]]),
      })
      text += frame({ event: 'log', data: { generationId, events, ...(isLast ? { ended: true } : {}) } }, vector)
      if (isLast) places.delete(generationId)
      else places.set(generationId, to)
    }
  return text
}

function refusalOf(log: readonly GenerationEvent[] | undefined, { epoch, seq }: Cursor) {
  if (!log) return 'unknown'
  if (seq > log.length) return 'beyond-tail'
  return seq > 0 && epoch !== 1 ? 'mismatch' : undefined
}

function frame({ event, data }: FeedFrame, id?: string): string {
  return `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`
}
