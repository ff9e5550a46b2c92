import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { LOG_START, parseCursor } from '#protocol/cursor.ts'
import { nativeDialect } from '#server/dialects/native.ts'
import type { StreamDialect } from '#server/dialects/stream-dialect.ts'
import { createLogTail, type SharedTail } from '#server/subscribe/log-tail.ts'
import { createQueueWatch } from '#server/subscribe/queue-watch.ts'
import { openBackend } from '#test/app/open-backend.ts'
import { createEventStreams, type EventStreams } from './event-streams.ts'
import { createOpenStreams, type OpenStreams } from './open-streams.ts'

const logger = { error() {}, warn() {}, info() {} }

/** Event streams on a bare HTTP server over a log of its own, with what a test wants to see of them. */
export interface StreamServer extends AsyncDisposable {
  server: Server
  /** A port of its own, or the path that was asked for: a Unix socket has small buffers. */
  address: number | string
  streams: EventStreams
  openStreams: OpenStreams
  tail: SharedTail
  /** The server's ends of all connections so far. */
  sockets: Socket[]
  dialect: StreamDialect
  /** How often rows were encoded. */
  encodings(): number
  openLog(): Promise<OpenLog>
}

export interface OpenLog {
  generationId: string
  /** The events; `?after=` takes a cursor. */
  path: string
  /** Appends this text in so many deltas. */
  write(text: string, times?: number): Promise<void>
  end(): Promise<void>
}

export async function startStreamServer(
  options: { heartbeatMs?: number; stuckMs?: number; socketPath?: string } = {},
): Promise<StreamServer> {
  const { socketPath, ...bounds } = options
  const backend = await openBackend()
  const tail = createLogTail({ log: backend.log, logger })
  const queueWatch = createQueueWatch({ queue: backend.queue, logger })
  const attendance = { attend: () => () => {}, forget() {} }
  const openStreams = createOpenStreams({ heartbeatMs: 60_000, maxOpen: 1_000, ...bounds })
  const streams = createEventStreams({ openStreams, tail, attendance, queueWatch })
  let encodings = 0
  const dialect: StreamDialect = {
    ...nativeDialect,
    encode(events) {
      encodings++
      return nativeDialect.encode(events)
    },
  }
  const sockets: Socket[] = []
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost')
    const after = parseCursor(searchParams.get('after') ?? '') ?? LOG_START
    streams.open(response, dialect, [{ generationId: pathname.slice(1), after, queued: false }])
  })
  server.on('connection', (socket) => sockets.push(socket))
  const place = socketPath === undefined ? { port: 0, host: '127.0.0.1' } : { path: socketPath }
  await new Promise<void>((resolve) => server.listen(place, resolve))

  return {
    server,
    address: socketPath ?? (server.address() as AddressInfo).port,
    streams,
    openStreams,
    tail,
    sockets,
    dialect,
    encodings: () => encodings,
    async openLog() {
      const generationId = randomUUID()
      await backend.log.open(generationId, 1)
      let seq = 0
      return {
        generationId,
        path: `/${generationId}`,
        async write(text, times = 1) {
          const events = Array.from({ length: times }, () => ({ type: 'text-delta', text, at: 1 }) as const)
          await backend.log.append(generationId, { epoch: 1, afterSeq: seq }, events)
          seq += times
        },
        async end() {
          const end = { type: 'end', status: 'completed', at: 2 } as const
          await backend.log.append(generationId, { epoch: 1, afterSeq: seq++ }, [end])
        },
      }
    },
    async [Symbol.asyncDispose]() {
      openStreams.cutAll()
      await tail.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await backend.close()
    },
  }
}
