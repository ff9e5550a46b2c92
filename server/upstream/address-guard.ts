import { lookup, type LookupAddress } from 'node:dns'
import { isIP } from 'node:net'
import type { Settings } from '#server/domain/settings.ts'
import type { AddressGuard } from '#server/ports/address-guard.ts'
import { classifyAddress } from './address-class.ts'

export type PrivateBaseUrls = Settings['privateBaseUrls']

/** Tells all addresses of a name, as `dns.lookup` does. */
export type ResolveName = (
  hostname: string,
  callback: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void

/** Nobody who stores a key waits longer for the name service; the address is checked again when it is called. */
const NAME_TIMEOUT_MS = 2_000

export function createAddressGuard(allowed: PrivateBaseUrls, resolve: ResolveName = resolveName): AddressGuard {
  return {
    async refusal(baseUrl) {
      if (!URL.canParse(baseUrl)) return 'it is not an address that starts with http:// or https://'
      const url = new URL(baseUrl)
      const wrong = refusalOfForm(url)
      if (wrong !== undefined) return wrong
      const host = hostOf(url.hostname)
      const addresses = isIP(host) ? [host] : await resolveSoon(resolve, host)
      return addresses.some((address) => !isAllowed(address, allowed)) ? refusalInWords(host, allowed) : undefined
    },
  }
}

/** Whether a user's key may be sent to this numeric address. */
export function isAllowed(address: string, allowed: PrivateBaseUrls): boolean {
  if (allowed === 'all') return true
  const found = classifyAddress(address)
  return found === 'public' || (found === 'loopback' && allowed === 'loopback')
}

/** Why this host is refused, as the rest of a sentence. */
export function refusalInWords(host: string, allowed: PrivateBaseUrls): string {
  const exception = allowed === 'loopback' ? ', or on the machine of this server' : ''
  const address = isIP(host) ? host : `${host} leads to an address that`
  return `${address} is not on the public internet${exception} (ALLOW_PRIVATE_BASE_URLS=1 on the server allows it)`
}

/** IPv6 addresses without the brackets of an address in a URL. */
export function hostOf(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}

/** As the operating system knows them, its hosts file included. */
export function resolveName(hostname: string, callback: Parameters<ResolveName>[1]): void {
  // With an error there is no list at all, whatever the types say.
  lookup(hostname, { all: true }, (error, addresses) => callback(error, error ? [] : addresses))
}

function refusalOfForm({ protocol, username, password, hash }: URL): string | undefined {
  if (!/^https?:$/.test(protocol)) return 'it does not start with http:// or https://'
  if (username !== '' || password !== '') return 'it contains a user name or a password'
  return hash === '' ? undefined : 'it contains a #'
}

/** A name that cannot be resolved now proves nothing. */
function resolveSoon(resolve: ResolveName, host: string): Promise<string[]> {
  return new Promise((done) => {
    const timer = setTimeout(() => done([]), NAME_TIMEOUT_MS)
    resolve(host, (error, addresses) => {
      clearTimeout(timer)
      done(error ? [] : addresses.map(({ address }) => address))
    })
  })
}
