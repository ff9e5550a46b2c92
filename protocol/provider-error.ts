/**
 * The kinds of failure that a provider can report. The kind decides what the page advises and whether a retry can
 * help; the provider's own words travel beside it.
 */
export const PROVIDER_ERROR_KINDS = [
  'auth',
  'permission',
  'model-not-found',
  'rate-limit',
  'quota',
  'context-length',
  'bad-request',
  'overloaded',
  'server',
  'network',
  'timeout',
  'bad-response',
  'cancelled',
  'incomplete',
] as const

export type ProviderErrorKind = (typeof PROVIDER_ERROR_KINDS)[number]

/** Why a generation failed: a provider's failure, or one of ours. */
export type FailureKind = ProviderErrorKind | 'worker-lost' | 'internal'

/** Code of a failure of ours: the provider was not asked, because it had failed again and again just before. */
export const CIRCUIT_OPEN = 'circuit-open'

/** Why an answer failed, as it is logged and stored. Never contains a key: adapters redact before they report. */
export interface GenerationError {
  kind: FailureKind
  /** The provider's own words, redacted and bounded to 2,000 characters. Empty when there were none. */
  message: string
  /** HTTP status of the provider's reply, when there was one. */
  status?: number
  /** The provider's own error code or type, that of the network's, or `CIRCUIT_OPEN`. */
  providerCode?: string
  /** Whether the same request can succeed when it is sent again. */
  retryable: boolean
  /** How long the provider asks to wait before the next try, in milliseconds. */
  retryAfterMs?: number
}
