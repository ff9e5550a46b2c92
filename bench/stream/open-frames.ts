import { connect } from 'node:net'
import { monotonicMs } from '../monotonic.ts'
import { createResponseReader } from './response-reader.ts'

/** What is read is taken up before the next read, so all connections can share one buffer. */
const readBuffer = Buffer.allocUnsafe(256 * 1024)

export interface FrameRequest {
  port: number
  method: 'GET' | 'POST'
  path: string
  headers?: Record<string, string>
  body?: string
}

export interface FrameListener {
  /** One event of the stream, without the empty line after it. */
  frame(frame: string, receivedMs: number): void
  /** Nothing more comes, and why. Called once, and not after `close`. */
  over(reason: string): void
}

export interface FrameStream {
  /** Reads nothing more from the socket, so that the server's side fills up. */
  pause(): void
  resume(): void
  close(): void
}

/** Asks for a stream of server-sent events over a connection of its own. Text is one character per byte. */
export function openFrames(request: FrameRequest, listener: FrameListener): FrameStream {
  let status = 0
  let rest = ''
  let isOver = false

  function finish(reason: string): void {
    if (isOver) return
    close()
    listener.over(reason)
  }

  function close(): void {
    isOver = true
    socket.destroy()
  }

  function takeFrames(text: string): void {
    if (status !== 200) return finish(`status ${status}, ${text.slice(0, 300)}`)
    const received = rest + text
    const receivedMs = monotonicMs()
    let start = 0
    for (let end = received.indexOf('\n\n'); end >= 0 && !isOver; end = received.indexOf('\n\n', start)) {
      listener.frame(received.slice(start, end), receivedMs)
      start = end + 2
    }
    rest = received.slice(start)
  }

  const push = createResponseReader({
    head(code) {
      status = code
      if (code === 204) finish('status 204')
    },
    body: takeFrames,
    end: () => finish('the answer ended without its last event'),
  })
  const socket = connect({
    port: request.port,
    host: '127.0.0.1',
    noDelay: true,
    onread: {
      buffer: readBuffer,
      callback(bytes) {
        if (!isOver) push(readBuffer.toString('latin1', 0, bytes))
        return true
      },
    },
  })
  socket.on('error', (error) => finish(error.message))
  socket.on('close', () => finish('the connection was closed'))
  socket.write(formatRequest(request))
  return { close, pause: () => void socket.pause(), resume: () => void socket.resume() }
}

function formatRequest({ port, method, path, headers = {}, body }: FrameRequest): string {
  const all: Record<string, string> = { Host: `127.0.0.1:${port}`, Accept: 'text/event-stream', ...headers }
  if (body !== undefined) {
    all['Content-Type'] = 'application/json'
    all['Content-Length'] = String(Buffer.byteLength(body))
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`
}
