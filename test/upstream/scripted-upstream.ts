import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ReceivedRequest {
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: string
}

/** A vendor's server of our own: does with each request what the script says, and watches its connections. */
export interface ScriptedUpstream extends AsyncDisposable {
  url: string
  requests: ReceivedRequest[]
  /** Number of TCP connections so far. */
  connections(): number
  /** Requests whose reply has neither ended nor lost its connection. */
  openRequests(): number
  /** Closes the port and every connection; a second time it does nothing. */
  stop(): Promise<void>
}

export type UpstreamScript = (request: ReceivedRequest, response: ServerResponse) => unknown

export async function startScriptedUpstream(script: UpstreamScript): Promise<ScriptedUpstream> {
  const requests: ReceivedRequest[] = []
  let connections = 0
  let openRequests = 0
  const server = createServer((incoming, response) => {
    openRequests += 1
    response.on('close', () => (openRequests -= 1))
    response.on('error', () => {})
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const { method = '', url = '', headers } = incoming
      const request = { method, path: url, headers, body: Buffer.concat(chunks).toString('utf8') }
      requests.push(request)
      script(request, response)
    })
  })
  server.on('connection', () => (connections += 1))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const stop = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    connections: () => connections,
    openRequests: () => openRequests,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** One event of a Chat Completions stream with these fields in its delta. */
export function chatEvent(delta: Record<string, unknown>, choice: Record<string, unknown> = {}): string {
  return `data: ${JSON.stringify({ object: 'chat.completion.chunk', choices: [{ index: 0, delta, ...choice }] })}\n\n`
}

/** The end of a good Chat Completions stream. */
export const CHAT_END = `${chatEvent({}, { finish_reason: 'stop' })}data: [DONE]\n\n`
