import type { Socket } from 'node:net'
import { STATUS_CODES } from 'node:http'

/** Answers what is not even HTTP, before there is a request that could be handled. */
export function refuseClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const { status, detail } = describe(error.code)
  const title = STATUS_CODES[status] ?? ''
  const body = JSON.stringify({ type: 'about:blank', title, status, detail })
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}

function describe(code: string | undefined): { status: number; detail: string } {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return { status: 408, detail: 'The request did not arrive in time.' }
  if (code === 'HPE_HEADER_OVERFLOW') return { status: 431, detail: 'The headers of the request are too large.' }
  return { status: 400, detail: 'What was sent is not a well-formed HTTP request.' }
}
