import { connect } from 'node:net'
import { createParser } from 'eventsource-parser'

const HEAD_END = '\r\n\r\n'
const LAST_CHUNK = '\r\n0\r\n\r\n'

/**
 * The body of a stream on a connection of its own, with the framing of its chunks: all of it, or only the first bytes,
 * after which the connection is cut.
 */
export function readBody(
  port: number,
  path: string,
  { after, maxBytes = Infinity }: { after?: string | undefined; maxBytes?: number } = {},
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    const cursor = after === undefined ? '' : `Last-Event-ID: ${after}\r\n`
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${cursor}\r\n`)
    let reply: Buffer = Buffer.alloc(0)
    socket.on('error', reject)
    socket.on('close', () => reject(new Error(`broken off after ${reply.toString('latin1')}`)))
    socket.on('data', (chunk: Buffer) => {
      reply = reply.length === 0 ? chunk : Buffer.concat([reply, chunk])
      const start = reply.indexOf(HEAD_END) + HEAD_END.length
      if (start < HEAD_END.length) return
      const isLast = reply.toString('latin1', reply.length - LAST_CHUNK.length) === LAST_CHUNK || isEmpty(reply)
      if (reply.length - start < maxBytes && !isLast) return
      resolve(reply.subarray(start, Math.min(start + maxBytes, reply.length)))
      socket.destroy()
    })
  })
}

function isEmpty(reply: Buffer): boolean {
  return reply.toString('latin1', 0, 12) === 'HTTP/1.1 204'
}

export interface RawFrame {
  id: string
  data: string
}

/** The whole frames with an id in such a body; a frame that was cut does not count, and a chunk that was does. */
export function framesIn(body: Buffer): RawFrame[] {
  const frames: RawFrame[] = []
  const parser = createParser({
    onEvent({ id, data }) {
      if (id !== undefined) frames.push({ id, data })
    },
  })
  parser.feed(new TextDecoder().decode(unchunk(body), { stream: true }))
  return frames
}

function unchunk(body: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; ;) {
    const lineEnd = body.indexOf('\r\n', at)
    if (lineEnd < 0) return Buffer.concat(parts)
    const length = Number.parseInt(body.toString('latin1', at, lineEnd), 16)
    parts.push(body.subarray(lineEnd + 2, lineEnd + 2 + length))
    at = lineEnd + 2 + length + 2
  }
}
