import type { ProviderErrorKind } from '#protocol/provider-error.ts'

/** What a vendor says about a failure, in whichever of the usual places. */
export interface ErrorWords {
  /** HTTP status of the reply, or the one that an error inside a stream names. */
  status?: number
  code?: string
  type?: string
  /** Names out of the error's details, such as reasons and quota ids. */
  details?: string
  message: string
}

/** Nobody says what went wrong behind so many words; a vendor of ill will could keep a worker busy with more. */
const MAX_CHARACTERS = 8_000

const CONTEXT_LENGTH =
  /context[_ ](length|window|size)|maximum context|(maximum|max) (prompt|model|sequence) length|exceed_context|prompt is too long|(prompt|input) (is )?too (long|large)|input (length|token count) .{0,200}exceed|reduce the length of (the|your) (messages|prompt|input)|too many (input )?tokens|prompt exceeds max|max_new_tokens. must be <=/
const QUOTA =
  /insufficient[_ ](quota|credits?|balance|funds)|exceeded your current quota|quota (has been )?exceeded|credit balance|billing[_ ](hard[_ ])?limit|billing_not_active|payment required|out of credits|doesn't have any credits|no credits(?! (were|was) charged)|spend(ing)? limit|specified api usage limits/
/** Google counts requests and tokens under quotas whose ids end in a span of time; only the short ones are waited for. */
const SHORT_QUOTA = /per(second|minute|hour)/
const LONG_QUOTA = /per(day|week|month)/
const AUTH =
  /api[_ -]?key|invalid[_ ]auth|authentication|unauthorized|unauthenticated|invalid (access )?token|no auth credentials/
const PERMISSION =
  /permission|forbidden|not allowed to (access|use)|access denied|unsupported_country|user location is not supported|not available in your country/
const MODEL_NOT_FOUND =
  /model_not_found|not_found_error +models?:|model_decommissioned|unknown model|invalid model|no such model|not a valid model|no endpoints found|no allowed providers|unable to access model|model_not_available|deploymentnotfound|deployment\b.{0,80}does not exist|models?\b((?!\. ).){0,120}(does not exist|doesn't exist|not found|not exist|not available|decommissioned|no longer (supported|available)|not supported)/s
const RATE_LIMIT = /rate[_ -]?limit|too many requests|ratelimit/
const OVERLOADED =
  /overloaded|over[_ ]capacity|at capacity|no capacity|loading model|unavailable|resource_exhausted|try again later/
/** What a vendor calls its own waiting for a model; also inside a stream, where no status tells. */
const TIMEOUT = /timeout_error/
const BAD_REQUEST = /invalid_request|bad[_ ]request|invalid[_ ]argument|invalid_parameter|validation/

/**
 * The kind of a failure. Vendors disagree on statuses (xAI answers a bad key with 400, llama.cpp an overlong prompt with
 * 500), so the words come first and the status decides the rest.
 */
export function errorKind(words: ErrorWords): ProviderErrorKind {
  const { status } = words
  const details = words.details?.toLowerCase() ?? ''
  const said = [words.code ?? '', words.type ?? '', details, words.message]
  const text = said.map((part) => part.slice(0, MAX_CHARACTERS).toLowerCase()).join(' ')
  // Both a 429 and a rate-limit code speak of "too many tokens" per minute, which is no matter of context.
  const limited = status === 429 || RATE_LIMIT.test(text)
  if (!limited && CONTEXT_LENGTH.test(text)) return 'context-length'
  const isShort = SHORT_QUOTA.test(details) && !LONG_QUOTA.test(details)
  if (status === 402 || (QUOTA.test(text) && !isShort)) return 'quota'
  if (limited) return 'rate-limit'
  if (status === 401) return 'auth'
  if (status === 403) return AUTH.test(text) && !PERMISSION.test(text) ? 'auth' : 'permission'
  if (isRequestFault(status)) {
    if (MODEL_NOT_FOUND.test(text)) return 'model-not-found'
    if (AUTH.test(text)) return 'auth'
    if (PERMISSION.test(text)) return 'permission'
  }
  return status === undefined ? kindOfWords(text) : kindOfStatus(status, text)
}

/** Whether the same request can succeed when it is sent again. */
export function isRetryable(kind: ProviderErrorKind): boolean {
  return RETRYABLE.has(kind)
}

const RETRYABLE: ReadonlySet<ProviderErrorKind> = new Set([
  'rate-limit',
  'overloaded',
  'server',
  'network',
  'timeout',
  'incomplete',
])

function isRequestFault(status: number | undefined): boolean {
  return status === undefined || (status >= 400 && status < 500)
}

function kindOfStatus(status: number, text: string): ProviderErrorKind {
  if (status === 408) return 'timeout'
  // Groq has a status of its own for that.
  if (status === 498) return 'overloaded'
  if (status === 499) return 'cancelled'
  if (status === 503 || status === 529) return 'overloaded'
  if (status >= 500) return OVERLOADED.test(text) ? 'overloaded' : 'server'
  return status >= 400 ? 'bad-request' : 'server'
}

function kindOfWords(text: string): ProviderErrorKind {
  if (OVERLOADED.test(text)) return 'overloaded'
  if (TIMEOUT.test(text)) return 'timeout'
  return BAD_REQUEST.test(text) ? 'bad-request' : 'server'
}
