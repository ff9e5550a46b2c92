import { isIP, type LookupFunction } from 'node:net'
import { Agent, buildConnector, type Dispatcher } from 'undici'
import {
  hostOf,
  isAllowed,
  refusalInWords,
  resolveName,
  type PrivateBaseUrls,
  type ResolveName,
} from './address-guard.ts'

interface GuardedOptions {
  connectTimeoutMs: number
  allowed: PrivateBaseUrls
  resolve?: ResolveName
}

/**
 * Connects to addresses that users named: only to those that pass the guard. What is checked is what the socket connects
 * to, since it is handed the checked addresses and asks no name service itself: a name that is public when it is looked
 * at and private when it is called (DNS rebinding) gains nothing.
 */
export function createGuardedDispatcher({
  connectTimeoutMs,
  allowed,
  resolve = resolveName,
}: GuardedOptions): Dispatcher {
  const connect = buildConnector({ allowH2: false, timeout: connectTimeoutMs, lookup: guardedLookup(allowed, resolve) })
  return new Agent({
    allowH2: false,
    connect(options, callback) {
      const host = hostOf(options.hostname)
      // A numeric address is never looked up.
      if (isIP(host) && !isAllowed(host, allowed)) return callback(refused(host, allowed), null)
      connect(options, callback)
    },
  })
}

/** One address that is not allowed is enough: whoever answers with both kinds is up to something. */
function guardedLookup(allowed: PrivateBaseUrls, resolve: ResolveName): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, (error, addresses) => {
      if (error) return callback(error, '')
      const [first] = addresses
      if (!first) return callback(new Error(`${hostname} has no address`), '')
      if (addresses.some(({ address }) => !isAllowed(address, allowed))) return callback(refused(hostname, allowed), '')
      if (options.all) callback(null, [...addresses])
      else callback(null, first.address, first.family)
    })
  }
}

function refused(host: string, allowed: PrivateBaseUrls): Error {
  return Object.assign(new Error(`The base URL is refused: ${refusalInWords(host, allowed)}.`), {
    code: 'ADDRESS_REFUSED',
  })
}
