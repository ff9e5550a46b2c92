import { connect } from 'node:net'
import { monotonicMs } from '../monotonic.ts'
import type { MockAnswer } from './mock-model.ts'
import { createResponseReader } from './response-reader.ts'
import { createTokenChecker } from './token-checker.ts'
import type { WireFormat } from './wire-format.ts'

/** What is read is taken up before the next read, so all connections can share one buffer. */
const readBuffer = Buffer.allocUnsafe(256 * 1024)

export interface StreamTarget {
  port: number
  format: WireFormat
  conversationId: string | undefined
}

export interface StreamListener {
  /** Tokens came; `sentMs` are their send times. */
  tokens(sentMs: readonly number[], receivedMs: number): void
  /** The stream is over; `problems` is empty when it brought each token once, in order, and its end. Called once. */
  over(problems: readonly string[]): void
}

/** Opens one stream over a connection of its own and checks it to its end. The returned function gives it up. */
export function openStream(target: StreamTarget, answer: MockAnswer, listener: StreamListener): () => void {
  const { port, format, conversationId } = target
  const checker = createTokenChecker(answer.stream, answer.tokens)
  let status = 0
  let rest = ''
  let isOver = false

  function finish(problem?: string): void {
    if (isOver) return
    isOver = true
    socket.destroy()
    checker.end()
    listener.over(problem === undefined ? checker.faults() : [problem, ...checker.faults()])
  }

  function takeFrames(text: string): void {
    if (status !== 200) return finish(`stream ${answer.stream}: status ${status}, ${text.slice(0, 300)}`)
    const received = rest + text
    const receivedMs = monotonicMs()
    let start = 0
    for (let end = received.indexOf('\n\n'); end >= 0 && !isOver; end = received.indexOf('\n\n', start)) {
      takeFrame(received.slice(start, end), receivedMs)
      start = end + 2
    }
    rest = received.slice(start)
  }

  function takeFrame(frame: string, receivedMs: number): void {
    const tokens = format.text(frame)
    if (tokens !== '') listener.tokens(checker.accept(tokens), receivedMs)
    const ending = format.ending(frame)
    if (ending) finish(ending === 'failed' ? `stream ${answer.stream}: ${frame.slice(0, 300)}` : undefined)
  }

  const push = createResponseReader({
    head: (code) => void (status = code),
    body: takeFrames,
    end: () => finish(`stream ${answer.stream}: the answer ended without its last event`),
  })
  const socket = connect({
    port,
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
  socket.on('error', (error) => finish(`stream ${answer.stream}: ${error.message}`))
  socket.on('close', () => finish(`stream ${answer.stream}: the connection was closed`))
  const { path, body } = format.request(answer, conversationId)
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\n` +
      `Accept: text/event-stream\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
  return () => finish(`stream ${answer.stream}: not over in time`)
}
