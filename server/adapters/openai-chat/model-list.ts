import type { GenerationError } from '#protocol/provider-error.ts'
import { ProviderFailure } from '#server/ports/provider.ts'
import type { ModelRecord } from '#server/ports/store.ts'
import type { Dispatcher } from 'undici'
import { readErrorReply, type ReplyHeaders } from './error-reply.ts'
import { failure, findError, isObject, parseJson, toGenerationError } from './provider-error.ts'
import type { Redact } from './redact.ts'
import { openUpstream, type UpstreamLimits, type UpstreamRequest } from './upstream.ts'
import type { ChatVendor } from './vendors.ts'

const MAX_LIST_BYTES = 16 * 1024 * 1024

export interface ModelListDeps {
  vendor: ChatVendor
  limits: UpstreamLimits
  dispatcher: Dispatcher
  redact: Redact
  now: () => number
  request: UpstreamRequest
}

/** Asks `GET /models`. Throws a `ProviderFailure`. */
export async function listModels(deps: ModelListDeps, signal: AbortSignal): Promise<ModelRecord[]> {
  const { redact } = deps
  const { status, headers, body } = await readWhole(deps, signal)
  if (status < 200 || status >= 300)
    throw new ProviderFailure(readErrorReply({ status, headers, body }, deps.now(), redact))
  const list = parseJson(body)
  const raw = findError(list)
  if (raw !== undefined) throw new ProviderFailure(toGenerationError(raw, {}, redact))
  const models = readModelList(list, deps.vendor)
  if (models) return models
  throw new ProviderFailure(failure('bad-response', 'The server does not answer with a list of models.', redact))
}

/**
 * The models of a list that can chat, each once; undefined when the value is no list. Vendors put the list under `data`
 * or send it bare, and name the context length in many ways.
 */
export function readModelList(list: unknown, vendor: Pick<ChatVendor, 'hiddenModels'>): ModelRecord[] | undefined {
  const entries = isObject(list) ? list.data : list
  if (!Array.isArray(entries)) return undefined
  const models = new Map<string, ModelRecord>()
  for (const entry of entries) {
    if (!isObject(entry) || typeof entry.id !== 'string' || entry.id === '') continue
    if (models.has(entry.id) || vendor.hiddenModels?.test(entry.id) || !canChat(entry)) continue
    models.set(entry.id, { id: entry.id, name: readName(entry), contextLength: readContextLength(entry) })
  }
  return [...models.values()]
}

function canChat(entry: Record<string, unknown>): boolean {
  const { type, capabilities } = entry
  if (isObject(capabilities) && capabilities.completion_chat === false) return false
  return typeof type !== 'string' || !/^(embeddings?|image|audio|video|rerank|moderation|transcribe|tts)$/i.test(type)
}

function readName(entry: Record<string, unknown>): string | null {
  for (const name of [entry.display_name, entry.name]) {
    if (typeof name === 'string' && name !== '' && name !== entry.id) return name
  }
  return null
}

function readContextLength(entry: Record<string, unknown>): number | null {
  const meta = isObject(entry.meta) ? entry.meta : {}
  const candidates = [
    entry.context_length,
    entry.max_context_length,
    entry.context_window,
    entry.max_model_len,
    meta.n_ctx,
    meta.n_ctx_train,
  ]
  for (const length of candidates)
    if (typeof length === 'number' && Number.isSafeInteger(length) && length > 0) return length
  return null
}

interface WholeReply {
  status: number
  headers: ReplyHeaders
  body: string
}

function readWhole(deps: ModelListDeps, signal: AbortSignal): Promise<WholeReply> {
  const limits = { ...deps.limits, maxResponseBytes: Math.min(deps.limits.maxResponseBytes, MAX_LIST_BYTES) }
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
    const upstream = openUpstream(deps.dispatcher, deps.request, limits, deps.redact, {
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
