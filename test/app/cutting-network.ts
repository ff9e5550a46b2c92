import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** The network between a client and the server, which breaks at a chosen byte. */
export interface CuttingNetwork extends AsyncDisposable {
  /** An address whose first connection is cut after so many bytes of the reply's body; later ones are whole. */
  cutAfter(bodyBytes: number): string
}

const HEAD_END = '\r\n\r\n'
const LAST_CHUNK = '0\r\n\r\n'

/** Carries one exchange on each connection to a port of this machine. Bytes of a body are counted with its chunk framing. */
export async function startCuttingNetwork(port: number): Promise<CuttingNetwork> {
  const cut = new Set<string>()
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    keep(client)
    client.once('data', (request: Buffer) => {
      const [, number = '', rest = ''] = /^GET \/cut-(\d+)(.*)$/s.exec(request.toString('latin1')) ?? []
      const upstream = keep(connect(port, '127.0.0.1'))
      upstream.write(`GET ${rest}`)
      client.on('close', () => upstream.destroy())
      const isWhole = cut.has(number)
      cut.add(number)
      carry(upstream, client, isWhole ? Infinity : Number(number))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const own = (server.address() as AddressInfo).port

  function keep(socket: Socket): Socket {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    return socket
  }

  return {
    cutAfter: (bodyBytes) => `http://127.0.0.1:${own}/cut-${bodyBytes}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function carry(upstream: Socket, client: Socket, bodyBytes: number): void {
  let reply = Buffer.alloc(0)
  let carried = 0
  upstream.on('data', (chunk: Buffer) => {
    reply = Buffer.concat([reply, chunk])
    const headEnd = reply.indexOf(HEAD_END)
    if (headEnd < 0) return
    const end = Math.min(headEnd + HEAD_END.length + bodyBytes, reply.length)
    const isCut = end === headEnd + HEAD_END.length + bodyBytes
    const isLast = reply.subarray(0, end).toString('latin1', end - LAST_CHUNK.length) === LAST_CHUNK
    if (isCut || isLast) client.write(reply.subarray(carried, end), () => client.destroy())
    else client.write(reply.subarray(carried, end))
    carried = end
    if (isCut || isLast) upstream.destroy()
  })
}
