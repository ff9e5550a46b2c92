import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { watch } from 'node:fs'
import { createServer, connect, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Bell, Doorbell } from '#server/ports/doorbell.ts'
import { decodeBells, encodeBell } from './bell-line.ts'

const RESCAN_MS = 1_000
/** A peer that does not read (stopped, or busy) gets no more rings than this: it polls anyway. */
const MAX_UNREAD_BYTES = 16 * 1024
/** End of the file name of a process that hears rings for the log. */
const HEARS_LOG = '.log.sock'

/**
 * Rings over Unix sockets without a hub: every process listens on a socket of its own in `folder` and writes to all the
 * others it finds there. No process is needed for two others to hear each other, and one that dies leaves only a file,
 * which the next process that cannot connect to it removes. Every commit rings for the log, and each ring wakes whoever
 * gets it: only those get it, and the rings for changes, that say in the name of their file that they hear them.
 */
export async function createSocketDoorbell(options: {
  folder: string
  name: string
  hearsLog: boolean
}): Promise<Doorbell> {
  const { folder } = options
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const ownFile = options.name + (options.hearsLog ? HEARS_LOG : '.sock')
  const listeners = new Set<(bell: Bell) => void>()
  const peers = new Map<string, Socket>()
  const incoming = new Set<Socket>()
  let closed = false

  const server = await listenOn(join(folder, ownFile), (socket) => {
    incoming.add(socket)
    socket.on('close', () => incoming.delete(socket))
    socket.on('error', () => socket.destroy())
    decodeBells(socket, (bell) => {
      for (const listener of listeners) listener(bell)
    })
  })

  async function scan(): Promise<void> {
    const files = await readdir(folder).catch(() => [])
    if (closed) return
    for (const file of files) {
      if (!file.endsWith('.sock') || file === ownFile || peers.has(file)) continue
      peers.set(file, connectTo(file))
    }
  }

  function connectTo(file: string): Socket {
    const path = join(folder, file)
    const socket = connect(path)
    socket.unref()
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') void rm(path, { force: true })
    })
    socket.on('close', () => peers.delete(file))
    return socket
  }

  const watcher = watch(folder, { persistent: false }, () => void scan())
  watcher.on('error', () => watcher.close())
  const rescan = setInterval(() => void scan(), RESCAN_MS)
  rescan.unref()
  await scan()

  return {
    ring(bell) {
      const line = encodeBell(bell)
      for (const [file, socket] of peers) {
        if ((bell.kind === 'log' || bell.kind === 'changes') && !file.endsWith(HEARS_LOG)) continue
        if (socket.writableLength < MAX_UNREAD_BYTES) socket.write(line)
      }
    },
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      closed = true
      clearInterval(rescan)
      watcher.close()
      for (const socket of [...peers.values(), ...incoming]) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      await rm(join(folder, ownFile), { force: true })
    },
  }
}

/**
 * The file gets its name only when the socket listens: before that a peer would be refused, and take it for one that a
 * dead process left.
 */
async function listenOn(path: string, onConnection: (socket: Socket) => void): Promise<Server> {
  const preparing = `${path}.new`
  await rm(preparing, { force: true })
  const server = createServer(onConnection)
  server.unref()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(preparing, () => resolve())
  })
  await rename(preparing, path)
  return server
}
