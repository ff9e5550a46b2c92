import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'

/** A server that speaks whatever bytes a test wants once a request has arrived whole. */
export interface RawUpstream extends AsyncDisposable {
  /** Without its protocol: `127.0.0.1:port`. */
  host: string
  /** Requests that arrived. */
  requests(): number
}

export async function startRawUpstream(reply: (socket: Socket) => unknown): Promise<RawUpstream> {
  let requests = 0
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    let received = Buffer.alloc(0)
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes])
      if (!isWhole(received.toString('latin1'))) return
      received = Buffer.alloc(0)
      requests += 1
      reply(socket)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A request with its whole body; or what is no HTTP at all, which has arrived as far as it will. */
function isWhole(received: string): boolean {
  const head = received.indexOf('\r\n\r\n')
  if (head < 0) return !/^[A-Z]+ \//.test(received)
  const length = Number(/^content-length: *(\d+)/im.exec(received.slice(0, head))?.[1] ?? 0)
  return received.length >= head + 4 + length
}
