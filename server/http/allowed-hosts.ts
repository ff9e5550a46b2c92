import type { FastifyRequest } from 'fastify'
import { RequestError } from '#server/domain/errors.ts'
import type { Settings } from '#server/domain/settings.ts'

/**
 * Without accounts, whoever reaches the server is its user. These two checks keep foreign web pages out: `Host` must be a
 * name of this server (against DNS rebinding), and `Origin`, which browsers send with everything a foreign page could do
 * harm with, must be this server itself. Returns the refusal, if it is one.
 */
export function createHostCheck(settings: Pick<Settings, 'allowOpen' | 'allowedHosts'>) {
  const allowed = new Set(settings.allowedHosts.map((host) => host.toLowerCase()))
  const anyHost = settings.allowOpen && (allowed.size === 0 || allowed.has('*'))

  return function checkHost(request: FastifyRequest): RequestError | undefined {
    const { host, origin } = request.headers
    const name = host === undefined ? undefined : hostName(host)
    if (name === undefined || !(anyHost || isLoopbackName(name) || allowed.has(name))) {
      const detail = `This server does not answer to "${host ?? ''}". Use localhost, or add the name to ALLOWED_HOSTS.`
      return new RequestError('host-not-allowed', detail)
    }
    if (origin !== undefined && !isSameHost(origin, host ?? '')) {
      return new RequestError('origin-not-allowed', `Requests that come from ${origin} are not accepted.`)
    }
    return undefined
  }
}

/** The name in a Host header, without port and brackets; undefined when it is malformed. */
function hostName(host: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^\s:/?#@[\]]+))(?::\d{1,5})?$/i.exec(host)
  return (match?.[1] ?? match?.[2])?.toLowerCase()
}

function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name)
}

/** Compares by host and port alone: behind a proxy that ends TLS the scheme differs. */
function isSameHost(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false
  const { protocol, host: originHost } = new URL(origin)
  if (protocol !== 'http:' && protocol !== 'https:') return false
  const own = `${protocol}//${host}`
  return URL.canParse(own) && new URL(own).host === originHost
}
