import { expect, test } from 'vitest'
import { readErrorReply } from '#server/upstream/error-reply.ts'
import { createRedact } from '#server/upstream/redact.ts'

const quota = (quotaId: string, retryDelay: string) => [
  { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [{ quotaId }] },
  { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay },
]
const OVER = 'You exceeded your current quota, please check your plan and billing details.'

/** Errors as Google's services write them: https://ai.google.dev/gemini-api/docs/troubleshooting and google.rpc. */
test.each<[number, string, string, object[] | undefined, object]>([
  [400, 'INVALID_ARGUMENT', 'Request contains an invalid argument.', undefined, { kind: 'bad-request' }],
  [400, 'INVALID_ARGUMENT', 'Key expired.', [{ reason: 'API_KEY_INVALID' }], { kind: 'auth' }],
  [
    400,
    'INVALID_ARGUMENT',
    'The input token count (9) exceeds the maximum number of tokens allowed (8).',
    undefined,
    { kind: 'context-length' },
  ],
  [400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.', undefined, { kind: 'permission' }],
  [401, 'UNAUTHENTICATED', 'Request had invalid credentials.', undefined, { kind: 'auth' }],
  [403, 'PERMISSION_DENIED', 'The service is not enabled.', undefined, { kind: 'permission' }],
  [404, 'NOT_FOUND', 'models/gone is not found for API version v1beta.', undefined, { kind: 'model-not-found' }],
  [
    429,
    'RESOURCE_EXHAUSTED',
    OVER,
    quota('RequestsPerMinutePerProject', '34s'),
    { kind: 'rate-limit', retryable: true, retryAfterMs: 34_000 },
  ],
  [
    429,
    'RESOURCE_EXHAUSTED',
    OVER,
    quota('RequestsPerDayPerProject', '34.5s'),
    { kind: 'quota', retryable: false, retryAfterMs: 34_500 },
  ],
  [429, 'RESOURCE_EXHAUSTED', 'Resource has been exhausted (e.g. check quota).', undefined, { kind: 'rate-limit' }],
  [499, 'CANCELLED', 'The operation was cancelled.', undefined, { kind: 'cancelled' }],
  [500, 'INTERNAL', 'An internal error has occurred.', undefined, { kind: 'server' }],
  [503, 'UNAVAILABLE', 'The model is overloaded.', undefined, { kind: 'overloaded' }],
])('%i %s "%s" %j', (code, status, message, details, expected) => {
  const error = { code, message, status, ...(details ? { details } : {}) }
  for (const body of [{ error }, [{ error }]]) {
    const read = readErrorReply(
      { status: code, headers: {}, body: JSON.stringify(body, null, 2) },
      0,
      createRedact(undefined),
    )
    expect(read).toMatchObject({ ...expected, message, status: code, providerCode: status })
  }
})
