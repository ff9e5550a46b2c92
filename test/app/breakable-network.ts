import { connect, createServer, type Socket } from 'node:net'

/** The network between a browser and the server, with a plug that can be pulled. */
export interface BreakableNetwork extends AsyncDisposable {
  baseUrl: string
  /** Cuts every connection and refuses new ones until `restore`. */
  cut(): void
  restore(): void
  /** How many connections clients have open at the moment. */
  connections(): number
}

export async function startBreakableNetwork(targetUrl: string): Promise<BreakableNetwork> {
  const { hostname, port } = new URL(targetUrl)
  const sockets = new Set<Socket>()
  const clients = new Set<Socket>()
  let broken = false
  const server = createServer((client) => {
    if (broken) return void client.destroy()
    clients.add(client)
    client.on('close', () => clients.delete(client))
    const upstream = connect(Number(port), hostname)
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const address = server.address()
  const ownPort = typeof address === 'object' && address ? address.port : 0
  const cut = () => {
    broken = true
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    baseUrl: `http://127.0.0.1:${ownPort}`,
    cut,
    restore: () => void (broken = false),
    connections: () => clients.size,
    async [Symbol.asyncDispose]() {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
