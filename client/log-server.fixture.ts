import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { GenerationEvent } from '#protocol/events.ts'

export interface LogServer extends AsyncDisposable {
  baseUrl: string
  /** Paths of all requests so far, with their query. */
  requests: string[]
}

/** A small server for the tests of this folder: every request goes to `handle` with its number, from 1. */
export async function createLogServer(
  handle: (request: IncomingMessage, response: ServerResponse, number: number) => void,
): Promise<LogServer> {
  const requests: string[] = []
  const server: Server = createServer((request, response) => {
    requests.push(request.url ?? '')
    handle(request, response, requests.length)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The frames of a log as the server writes them, from after the cursor of the request. */
export function framesAfter(events: readonly GenerationEvent[], url: string | undefined): Buffer {
  const after = new URL(url ?? '', 'http://localhost').searchParams.get('after')
  const from = after === null ? 0 : Number(after.split('-')[1])
  let text = ''
  for (const [index, event] of events.entries())
    if (index >= from) text += `id: 1-${index + 1}\ndata: ${JSON.stringify(event)}\n\n`
  return Buffer.from(text)
}

export function startStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  response.flushHeaders()
}

/** Cuts the socket without ending the stream, as a lost network does, once the bytes were handed over. */
export function cutAfter(response: ServerResponse, bytes: Buffer): void {
  response.write(bytes, () => response.destroy())
}
