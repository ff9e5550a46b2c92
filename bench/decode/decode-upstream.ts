/** A model server that sends the bench's streams: one write per token, as fast as it is read or at a rate. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import { answerEach } from '../bench-process.ts'
import { monotonicMs } from '../monotonic.ts'
import { listen } from '../stream/listen.ts'
import { DECODE_WIRES, tokenText } from './decode-bodies.ts'

export interface DecodeLoad {
  /** Tokens of one stream. */
  tokens: number
  /** Tokens a second of one stream; 0 as fast as it is read. */
  rate: number
}

let load: DecodeLoad = { tokens: 1, rate: 0 }
/** A stream without a rate lets the others write after so many tokens. */
const TURN_TOKENS = 32

const server = createServer((request, response) => void answer(request, response))
const port = await listen(server)
answerEach<DecodeLoad>((wanted) => {
  load = wanted
  return { port }
})

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? ''
  const wire = DECODE_WIRES.find((candidate) => path.startsWith(candidate.path))
  if (!wire) return void response.writeHead(404).end('{}')
  request.resume()
  const { tokens, rate } = load
  response.writeHead(200, { 'content-type': wire.framing === 'sse' ? 'text/event-stream' : 'application/x-ndjson' })
  if (wire.open !== '') response.write(wire.open)
  // Streams that start together do not write together.
  const startMs = monotonicMs() + (rate === 0 ? 0 : Math.random() * (1_000 / rate))
  for (let number = 0; number < tokens && !response.destroyed; number++) {
    if (rate > 0) await delay(Math.max(0, startMs + (number * 1_000) / rate - monotonicMs()))
    const taken = response.write(wire.token(tokenText(number)))
    if (!taken) await Promise.race([once(response, 'drain'), once(response, 'close')])
    else if (rate === 0 && number % TURN_TOKENS === 0) await nextTurn()
  }
  response.end(wire.close(tokens))
}
