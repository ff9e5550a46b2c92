import type { GenerationError, ProviderErrorKind } from '#protocol/provider-error.ts'
import { errorKind, isRetryable, type ErrorWords } from './error-kind.ts'
import { isTooDeep } from './json-depth.ts'
import type { Redact } from './redact.ts'
import { retryDelayMs, waitInWords } from './retry-after.ts'

const MAX_MESSAGE_CHARACTERS = 2_000
const MAX_CODE_CHARACTERS = 200

type JsonObject = Record<string, unknown>

/**
 * The error inside a JSON value that a vendor sent where an answer was due; undefined when it holds none. Only what
 * stands at the top counts: gateways list failed routing attempts, each with an `error`, inside good answers.
 */
export function findError(value: unknown): unknown {
  const object = Array.isArray(value) ? value[0] : value
  if (!isObject(object)) return undefined
  const { error } = object
  if (typeof error === 'string' && error !== '') return { ...object, message: error }
  if (isObject(error) && Object.keys(error).length > 0) return error
  const list = Array.isArray(error) ? error : object.errors
  if (Array.isArray(list) && list.length > 0) return findError({ error: list[0] })
  if (object.object === 'error' || object.type === 'error') return object
  if ('choices' in object) return undefined
  const hasWords = isText(object.detail) || isText(object.message) || isText(object.msg)
  return hasWords || Array.isArray(object.detail) ? object : undefined
}

/** Makes a vendor's error (an object, a string) into ours: classified, redacted, bounded. */
export function toGenerationError(
  raw: unknown,
  reply: { status?: number; retryAfterMs?: number },
  redact: Redact,
): GenerationError {
  const words = readWords(raw, reply.status)
  const error = failure(errorKind(words), words.message, redact)
  if (words.status !== undefined) error.status = words.status
  const providerCode = words.code ?? words.type
  if (providerCode !== undefined) error.providerCode = redact(providerCode).slice(0, MAX_CODE_CHARACTERS)
  const wait = reply.retryAfterMs ?? waitInError(raw, error)
  if (wait !== undefined) error.retryAfterMs = wait
  return error
}

/** Other errors may speak of trying again as well, but it would not help. */
function waitInError(raw: unknown, error: GenerationError): number | undefined {
  const wait = isObject(raw) ? retryDelayMs(raw.details) : undefined
  return wait ?? (error.retryable ? waitInWords(error.message) : undefined)
}

/** A failure in our own words or the network's. */
export function failure(kind: ProviderErrorKind, message: string, redact: Redact): GenerationError {
  return { kind, message: bounded(redact(message)), retryable: isRetryable(kind) }
}

function bounded(message: string): string {
  const text = message.trim()
  return text.length <= MAX_MESSAGE_CHARACTERS ? text : `${text.slice(0, MAX_MESSAGE_CHARACTERS - 1)}…`
}

function readWords(raw: unknown, replyStatus: number | undefined): ErrorWords {
  if (!isObject(raw)) return withStatus({ message: textOf(raw) }, replyStatus)
  const words: ErrorWords = { message: readMessage(raw) }
  const { code, type } = raw
  if (isText(code) || typeof code === 'number') words.code = String(code)
  if (isText(type)) words.type = type
  // Google's `code` is the HTTP status once more, and its `status` the code.
  if (typeof code !== 'string' && isText(raw.status) && /^[A-Z_]+$/.test(raw.status)) words.code = raw.status
  if (Array.isArray(raw.details)) words.details = raw.details.map(namesInDetail).join(' ')
  return withStatus(words, replyStatus ?? readStatus(raw))
}

/** What a `google.rpc` detail says in names: the reason of an `ErrorInfo`, the ids of the quotas that were exceeded. */
function namesInDetail(detail: unknown): string {
  if (!isObject(detail)) return ''
  const violations = Array.isArray(detail.violations) ? detail.violations : []
  const names = [detail.reason, ...violations.map((violation) => isObject(violation) && violation.quotaId)]
  return names.filter(isText).join(' ')
}

function withStatus(words: ErrorWords, status: number | undefined): ErrorWords {
  return status === undefined ? words : { ...words, status }
}

function readStatus(raw: JsonObject): number | undefined {
  for (const candidate of [raw.status_code, raw.statusCode, raw.http_code, raw.status, raw.code]) {
    const status = Number(candidate)
    if (Number.isInteger(status) && status >= 400 && status < 600) return status
  }
  return undefined
}

function readMessage(raw: JsonObject): string {
  const own =
    textOf(raw.message) ||
    textOf(raw.detail) ||
    textOf(raw.msg) ||
    textOf(raw.error) ||
    textOf(raw.error_msg) ||
    textOf(raw.Message)
  const upstream = isObject(raw.metadata) ? upstreamMessage(raw.metadata) : ''
  return upstream === '' || own.includes(upstream) ? own : `${own} (${upstream})`
}

/** OpenRouter says "Provider returned error" and puts what that provider said into `metadata.raw`. */
function upstreamMessage(metadata: JsonObject): string {
  if (!isText(metadata.raw)) return ''
  const parsed = parseJson(metadata.raw)
  const inner = findError(parsed)
  const said = isObject(inner) ? readMessage(inner) : metadata.raw
  return isText(metadata.provider_name) ? `${metadata.provider_name}: ${said}` : said
}

/** Message fields hold text, an object with a text in it, or the list of a validator's findings. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(textOfFinding).filter(Boolean).join('; ')
  if (isObject(value)) return readMessage(value) || JSON.stringify(value)
  return ''
}

function textOfFinding(finding: unknown): string {
  if (!isObject(finding)) return textOf(finding)
  const place = Array.isArray(finding.loc) ? finding.loc.join('.') : ''
  const message = textOf(finding.msg) || textOf(finding.message)
  return place === '' ? message : `${place}: ${message}`
}

/** Undefined for what is no JSON, and for what is nested too deep to be read on. */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
