import { connect, type Socket } from 'node:net'

const RECENT_CHARACTERS = 32_768
const WAIT_MS = 10_000

/** One HTTP exchange on a bare socket: every byte that arrives, as it arrives. */
export interface RawStream {
  socket: Socket
  /** Everything so far. */
  text(): string
  /** The part after the head, with the chunks put together. */
  body(): string
  /** Resolves once the last `RECENT_CHARACTERS` match. */
  until(pattern: RegExp | string): Promise<void>
  /** Resolves when the connection is gone. */
  closed: Promise<void>
}

/** `address` is a port of this machine or the path of a Unix socket. */
export function openRawStream(
  address: number | string,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string; version?: '1.0' | '1.1' } = {},
): RawStream {
  const { method = 'GET', headers = {}, body = '', version = '1.1' } = options
  const chunks: Buffer[] = []
  const waiting = new Set<() => void>()
  const decoder = new TextDecoder()
  let recent = ''
  const socket = typeof address === 'number' ? connect(address, '127.0.0.1') : connect(address)
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  const lines = Object.entries({ host: `127.0.0.1:${address}`, ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  socket.write(`${method} ${path} HTTP/${version}\r\n${lines.join('')}\r\n${body}`)
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    recent = (recent + decoder.decode(chunk, { stream: true })).slice(-RECENT_CHARACTERS)
    for (const check of waiting) check()
  })
  socket.on('error', () => {})
  socket.on('close', () => resolve())
  const text = (): string => Buffer.concat(chunks).toString('utf8')

  return {
    socket,
    text,
    body: () => unchunk(Buffer.concat(chunks)),
    closed,
    until(pattern) {
      return new Promise((done, fail) => {
        const timer = setTimeout(
          () => fail(new Error(`${String(pattern)} never came in …${recent.slice(-500)}`)),
          WAIT_MS,
        )
        const check = (): void => {
          if (!(typeof pattern === 'string' ? recent.includes(pattern) : pattern.test(recent))) return
          clearTimeout(timer)
          waiting.delete(check)
          done()
        }
        waiting.add(check)
        check()
      })
    },
  }
}

/** Takes the framing of HTTP chunks away; stops at the first one that is not whole. */
function unchunk(bytes: Buffer): string {
  let at = bytes.indexOf('\r\n\r\n') + 4
  const parts: Buffer[] = []
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at)
    const length = lineEnd < 0 ? NaN : Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    if (!(length > 0) || bytes.length < lineEnd + 2 + length) return Buffer.concat(parts).toString('utf8')
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + length))
    at = lineEnd + 2 + length + 2
  }
}
