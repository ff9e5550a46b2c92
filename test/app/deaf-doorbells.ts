import net from 'node:net'
import { syncBuiltinESMExports } from 'node:module'
import { PassThrough } from 'node:stream'

/**
 * Imported before a program (`node --import`), takes all its doorbells away: whoever connects to a Unix socket speaks to
 * nobody, and finds out nothing about it.
 */
const connect = net.connect
net.connect = ((...args: Parameters<typeof connect>) => {
  const [address] = args as unknown[]
  if (typeof address !== 'string' || !address.endsWith('.sock')) return connect(...args)
  return Object.assign(new PassThrough().resume(), { unref() {} })
}) as typeof connect
syncBuiltinESMExports()
