import type { GenerationError } from '#protocol/provider-error.ts'
import { failure } from './provider-error.ts'
import type { Redact } from './redact.ts'

/**
 * Why there was no exchange, or why it broke off, in words that say what to check. The network's own words and code stay
 * beside them; `begun` says whether the reply's head had come. What waiting cannot mend is not retryable: a certificate does not become trusted by asking again.
 */
export function networkFailure(
  error: Error & { code?: string; reason?: string },
  { url, begun }: { url: URL; begun: boolean },
  redact: Redact,
): GenerationError {
  const { code } = error
  const { kind, advice, lasting } = explain(code ?? error.name, url, begun)
  // OpenSSL's message names lines of its own source.
  const own = error.reason ?? messageOf(error)
  const base = failure(kind, advice === '' ? own : `${advice} (${own})`, redact)
  if (code !== undefined) base.providerCode = code
  return lasting ? { ...base, retryable: false } : base
}

/** A connection that failed on every address has its words in the parts. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message || error.name : String(error)
}

interface Explanation {
  kind: 'network' | 'timeout' | 'bad-response'
  advice: string
  lasting?: boolean
}

/** Codes of Node's `dns`, `net` and `tls`, of OpenSSL's verification, of llhttp and of undici, which gives some errors a name only. */
function explain(code: string, { host, hostname, protocol }: URL, begun: boolean): Explanation {
  const https = protocol === 'http:' ? ', or whether it has to begin with https://' : ''
  const network = (advice: string): Explanation => ({ kind: 'network', advice })
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return network(
        `The name ${hostname} could not be resolved. Check its spelling in the base URL, and this server's DNS.`,
      )
    case 'ECONNREFUSED':
      return network(`Nothing accepts connections at ${host}. Check that it is running, and the port in the base URL.`)
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return network(`There is no way to ${host} from here. Check this server's network, and the base URL.`)
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return begun
        ? network(`The connection to ${host} was cut in the middle of the reply.`)
        : network(`${host} closed the connection without a reply. Check the base URL and its port${https}.`)
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
      return { kind: 'timeout', advice: `${host} did not accept a connection in time.` }
    case 'ADDRESS_REFUSED':
      // The guard's own words say it all.
      return { kind: 'network', advice: '', lasting: true }
    default:
      break
  }
  if (isNoTls(code)) {
    const advice = `${host} does not speak TLS. If it serves plain HTTP, its base URL has to begin with http:// instead of https://.`
    return { kind: 'network', advice, lasting: true }
  }
  if (isUntrusted(code)) {
    const advice = `The certificate of ${host} is not trusted. Check the base URL; for a certificate authority of your own set NODE_EXTRA_CA_CERTS.`
    return { kind: 'network', advice, lasting: true }
  }
  if ((code.startsWith('HPE_') || code === 'HTTPParserError') && !begun) {
    return { kind: 'bad-response', advice: `${host} does not answer in HTTP. Check the base URL and its port${https}.` }
  }
  return network('')
}

function isNoTls(code: string): boolean {
  return code === 'EPROTO' || /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)$/.test(code)
}

function isUntrusted(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|ERR_TLS/.test(code)
}
