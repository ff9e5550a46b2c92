import type { GenerationError } from '#protocol/provider-error.ts'
import { ProviderFailure } from '#server/ports/provider.ts'
import type { Dispatcher } from 'undici'
import { readErrorReply, type ReplyHeaders } from './error-reply.ts'
import { openUpstream, type UpstreamLimits, type UpstreamRequest } from './exchange.ts'
import { failure, findError, parseJson, toGenerationError } from './provider-error.ts'
import type { Redact } from './redact.ts'

const MAX_BYTES = 16 * 1024 * 1024

export interface AskJsonDependencies {
  dispatcher: Dispatcher
  limits: UpstreamLimits
  redact: Redact
  now: () => number
}

/** Sends the request and parses the whole reply, up to 16 MiB. Throws a `ProviderFailure`. */
export async function askJson(
  deps: AskJsonDependencies,
  request: UpstreamRequest,
  signal: AbortSignal,
): Promise<unknown> {
  const { redact } = deps
  const { status, headers, body } = await readWhole(deps, request, signal)
  if (status < 200 || status >= 300)
    throw new ProviderFailure(readErrorReply({ status, headers, body }, deps.now(), redact))
  const value = parseJson(body)
  const raw = findError(value)
  if (raw !== undefined) throw new ProviderFailure(toGenerationError(raw, {}, redact))
  if (value === undefined)
    throw new ProviderFailure(failure('bad-response', 'The server does not answer with JSON.', redact))
  return value
}

interface WholeReply {
  status: number
  headers: ReplyHeaders
  body: string
}

function readWhole(deps: AskJsonDependencies, request: UpstreamRequest, signal: AbortSignal): Promise<WholeReply> {
  const limits = { ...deps.limits, maxResponseBytes: Math.min(deps.limits.maxResponseBytes, MAX_BYTES) }
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = []
    let status = 0
    let headers: ReplyHeaders = {}
    const refuse = (error: GenerationError) => {
      signal.removeEventListener('abort', cancel)
      reject(new ProviderFailure(error))
    }
    const cancel = () => {
      upstream?.close()
      refuse(failure('cancelled', 'The request was cancelled.', deps.redact))
    }
    if (signal.aborted) return refuse(failure('cancelled', 'The request was cancelled.', deps.redact))
    signal.addEventListener('abort', cancel, { once: true })
    const upstream = openUpstream(deps.dispatcher, request, limits, deps.redact, {
      onHead: (replyStatus, replyHeaders) => {
        status = replyStatus
        headers = replyHeaders
      },
      onBytes: (bytes) => chunks.push(Uint8Array.from(bytes)),
      onEnd(reason) {
        if (reason) return refuse(reason)
        signal.removeEventListener('abort', cancel)
        resolve({ status, headers, body: Buffer.concat(chunks).toString('utf8') })
      },
    })
  })
}
