/**
 * A model server that costs next to nothing: OpenAI Chat Completions, one event and one write per token, the time of
 * sending inside each. Streams with a rate share one timer.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { answerEach } from '../bench-process.ts'
import { monotonicMs } from '../monotonic.ts'
import { formatToken } from './bench-token.ts'
import { listen } from './listen.ts'
import { readMockAnswer, type MockAnswer } from './mock-model.ts'

const TICK_MS = 1
/** Buckets of the pacer, one for each tick; no delay between tokens may be longer than all of them. */
const BUCKETS = 2_048
/** A stream without a rate lets the others write after so many tokens. */
const TURN_TOKENS = 32

/** A reply that its client did not wait for. */
export interface CutReply {
  stream: number
  /** When the connection was closed, on the clock of the machine. */
  closedMs: number
  sentTokens: number
}

export type MockOrder =
  /** Answered with `{ port }`. */
  | { order: 'port' }
  /** Answered with the `CutReply`s since the last time. */
  | { order: 'cut-replies' }

interface MockStream extends MockAnswer {
  response: ServerResponse
  next: number
  dueMs: number
}

const FRAME_START =
  'data: {"id":"chatcmpl-mock","object":"chat.completion.chunk","created":1,"model":"mock","choices":[{"index":0,"delta":{"content":"'
const FRAME_END = '"},"finish_reason":null}]}\n\n'
const LAST_FRAMES =
  'data: {"id":"chatcmpl-mock","object":"chat.completion.chunk","created":1,"model":"mock","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n' +
  'data: [DONE]\n\n'

const pacer = createPacer()
const server = createServer((request, response) => {
  if (request.url?.endsWith('/models')) response.end('{"object":"list","data":[]}')
  else void answer(request, response)
})
const port = await listen(server)
let cutReplies: CutReply[] = []
answerEach<MockOrder>(({ order }) => {
  if (order === 'port') return { port }
  const cut = cutReplies
  cutReplies = []
  return cut
})

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = ''
  for await (const text of request.setEncoding('utf8')) body += text
  const asked = readMockAnswer(body)
  if (!asked) return void response.writeHead(400).end('{"error":{"message":"not a request of the benchmark"}}')
  const stream: MockStream = { ...asked, response, next: 0, dueMs: 0 }
  response.once('close', () => {
    if (response.writableEnded) return
    cutReplies.push({ stream: stream.stream, closedMs: monotonicMs(), sentTokens: stream.next })
  })
  if (asked.waitMs) await Promise.race([once(response, 'close'), delay(asked.waitMs)])
  if (response.destroyed) return
  response.writeHead(200, { 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked' })
  response.flushHeaders()
  writeTurn(stream)
}

/** Writes one token; false when the stream is over. */
function writeToken(stream: MockStream): boolean {
  const { response } = stream
  if (response.destroyed || !response.socket) return false
  if (stream.next === stream.tokens) {
    writeChunk(response, LAST_FRAMES)
    response.end()
    return false
  }
  writeChunk(response, FRAME_START + formatToken(stream.stream, stream.next, monotonicMs()) + FRAME_END)
  stream.next += 1
  return true
}

/** `response.write` would make four writes of a chunk, at several times the cost. */
function writeChunk(response: ServerResponse, text: string): void {
  response.socket?.write(`${text.length.toString(16)}\r\n${text}\r\n`, 'latin1')
}

function writeTurn(stream: MockStream): void {
  const { socket } = stream.response
  for (let count = 0; count < TURN_TOKENS; count++) {
    if (stream.rate > 0 && stream.next >= (stream.burst ?? 0)) return pacer.start(stream)
    if (!writeToken(stream)) return
    if (socket?.writableNeedDrain) return void socket.once('drain', () => writeTurn(stream))
  }
  setImmediate(writeTurn, stream)
}

function createPacer() {
  const buckets: MockStream[][] = Array.from({ length: BUCKETS }, () => [])
  let waiting = 0
  let ticking = false
  let reached = 0

  function write(stream: MockStream): void {
    if (!writeToken(stream)) return
    stream.dueMs += 1000 / stream.rate
    // What is overdue already goes out with the next tick.
    const tick = Math.max(reached + 1, Math.floor(stream.dueMs / TICK_MS))
    buckets[tick % BUCKETS]?.push(stream)
    waiting += 1
  }

  function turn(): void {
    const now = Math.floor(monotonicMs() / TICK_MS)
    while (reached < now) {
      reached += 1
      const due = buckets[reached % BUCKETS] ?? []
      buckets[reached % BUCKETS] = []
      waiting -= due.length
      for (const stream of due) write(stream)
    }
    ticking = waiting > 0
    if (ticking) setTimeout(turn, TICK_MS)
  }

  return {
    /** Writes the first token now and the others when they are due. */
    start(stream: MockStream) {
      stream.dueMs = monotonicMs()
      if (!ticking) {
        ticking = true
        reached = Math.floor(monotonicMs() / TICK_MS)
        setTimeout(turn, TICK_MS)
      }
      write(stream)
    },
  }
}
