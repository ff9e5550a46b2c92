import { describe, expect, test } from 'vitest'
import { readErrorReply, type ReplyHeaders } from './error-reply.ts'
import { createRedact } from './redact.ts'

const NOW = Date.UTC(2026, 0, 1)

describe('the kind of an error reply', () => {
  test.each<[number, string, string, boolean]>([
    [400, '{"error":{"message":"Unknown parameter"}}', 'bad-request', false],
    [
      400,
      '{"error":{"message":"maximum context length is 4096 tokens","code":"context_length_exceeded"}}',
      'context-length',
      false,
    ],
    [500, '{"error":{"message":"the request exceeds the available context size"}}', 'context-length', false],
    [400, '{"code":"invalid-argument","error":"Incorrect API key provided."}', 'auth', false],
    [400, '{"error":{"code":"model_decommissioned","message":"gone"}}', 'model-not-found', false],
    [401, '{"detail":"Unauthorized"}', 'auth', false],
    [402, '{"error":{"message":"Insufficient Balance"}}', 'quota', false],
    [403, '{"error":{"message":"Your input was flagged. No credits were charged."}}', 'permission', false],
    [403, '{"error":{"message":"You have no credits."}}', 'quota', false],
    [400, '{"error":"This model has a maximum prompt length of 8192 tokens."}', 'context-length', false],
    [400, '{"message":"The prompt is longer than the maximum model length of 4096."}', 'context-length', false],
    [400, '{"message":"Ask another model. Tools are not supported."}', 'bad-request', false],
    [404, '{"message":"No allowed providers are available."}', 'model-not-found', false],
    [498, '{"error":{"message":"Flex tier capacity exceeded"}}', 'overloaded', true],
    [403, '{"error":{"message":"Your project has no permission"}}', 'permission', false],
    [403, '{"error":{"message":"Invalid API key"}}', 'auth', false],
    [404, '{"error":"model \\"llama9\\" not found, try pulling it first"}', 'model-not-found', false],
    [404, '404 page not found', 'bad-request', false],
    [404, '{"type":"error","error":{"type":"not_found_error","message":"model: claude-0"}}', 'model-not-found', false],
    [404, '{"type":"error","error":{"type":"not_found_error","message":"Not found"}}', 'bad-request', false],
    [400, '{"error":{"message":"You have reached your specified API usage limits."}}', 'quota', false],
    [403, '{"code":"x","error":"Your newly created team doesn\'t have any credits yet."}', 'quota', false],
    [404, '{"error":{"code":"DeploymentNotFound","message":"There is no such thing."}}', 'model-not-found', false],
    [404, '{"error":{"message":"Unable to access model a/b.","code":"model_not_available"}}', 'model-not-found', false],
    [400, '{"error":{"code":"1261","message":"Prompt exceeds max length"}}', 'context-length', false],
    [422, '{"error":{"message":"`inputs` tokens + `max_new_tokens` must be <= 8193"}}', 'context-length', false],
    [408, '', 'timeout', true],
    [
      422,
      '{"message":{"detail":[{"loc":["body","top_k"],"msg":"Extra inputs are not permitted"}]}}',
      'bad-request',
      false,
    ],
    [429, '{"message":"Requests rate limit exceeded"}', 'rate-limit', true],
    [429, '{"error":{"message":"Request too large: too many tokens per min"}}', 'rate-limit', true],
    [429, '{"error":{"code":"insufficient_quota","message":"You exceeded your current quota"}}', 'quota', false],
    [500, '', 'server', true],
    [502, '<html><title>502 Bad Gateway</title></html>', 'server', true],
    [503, '{"error":{"message":"Loading model"}}', 'overloaded', true],
    [529, '{"error":{"type":"overloaded_error"}}', 'overloaded', true],
    [302, '', 'bad-response', false],
  ])('%i %s is %s', (status, body, kind, retryable) => {
    expect(read(status, body)).toMatchObject({ kind, retryable, status })
  })
})

describe('the words of an error reply', () => {
  test.each<[string, string]>([
    ['{"error":{"message":"One"}}', 'One'],
    ['{"error":"Two"}', 'Two'],
    ['{"detail":"Three"}', 'Three'],
    ['{"object":"error","message":"Four"}', 'Four'],
    ['{"code":1234,"msg":"Four and a half","success":false}', 'Four and a half'],
    ['{"errors":[{"message":"Four and three quarters"}]}', 'Four and three quarters'],
    ['{"detail":[{"loc":["body","n"],"msg":"too big"},{"msg":"odd"}]}', 'body.n: too big; odd'],
    ['[{"error":{"message":"Five"}}]', 'Five'],
    ['{"error":[{"message":"Five and a half"}]}', 'Five and a half'],
    ['["Five","and"]', 'Five; and'],
    ['{"error_code":17,"error_msg":"Ten"}', 'Ten'],
    ['{"Message":"Eleven"}', 'Eleven'],
    ['Six words of plain text', 'Six words of plain text'],
    ['<html><head><title> Bad\n Gateway </title><script>x()</script>', 'Bad Gateway'],
    ['<html><script>x()</script>', ''],
    ['{"error":{"message":"cut in the midd', 'cut in the midd'],
    [
      '{"error":{"message":"Provider returned error","metadata":{"provider_name":"P","raw":"{\\"error\\":{\\"message\\":\\"Real\\"}}"}}}',
      'Provider returned error (P: Real)',
    ],
    ['{"error":{"message":"Wrong key: sk-of-the-instance"}}', 'Wrong key: [redacted]'],
  ])('of %s are %j', (body, message) => {
    expect(read(400, body).message).toBe(message)
  })

  test('are cut at 2,000 characters, after the key was masked', () => {
    const { message } = read(500, JSON.stringify({ error: { message: `${'x'.repeat(1_990)} sk-of-the-instance` } }))
    expect(message).toHaveLength(2_000)
    expect(message).not.toContain('sk-')
  })

  test('keep the code of the vendor', () => {
    expect(read(429, '{"error":{"code":"tpm","type":"tokens"}}').providerCode).toBe('tpm')
    expect(read(429, '{"error":{"type":"tokens"}}').providerCode).toBe('tokens')
  })
})

describe('the wait that an error reply asks for', () => {
  test.each<[ReplyHeaders, number | undefined]>([
    [{ 'retry-after': '2' }, 2_000],
    [{ 'retry-after': '0.25' }, 250],
    [{ 'retry-after-ms': '1500', 'retry-after': '9' }, 1_500],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Wed, 31 Dec 2025 23:59:00 GMT' }, 0],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-1' }, undefined],
    [limits('0', '2026-01-01T00:00:20Z'), 20_000],
    [limits('0', '2025-12-31T23:59:59Z'), 0],
    [limits('7', '2026-01-01T00:00:20Z'), undefined],
    [limits('0', 'soon'), undefined],
    [{ ...limits('0', '2026-01-01T00:00:20Z'), 'retry-after': '3' }, 3_000],
    [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6m0s' }, 360_000],
    [{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '20ms' }, 20],
    [{ 'x-ratelimit-remaining-tokens': '9', 'x-ratelimit-reset-tokens': '20ms' }, undefined],
    [
      {
        ...{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '2m59.56s' },
        ...{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '7.66s' },
      },
      179_560,
    ],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW + 5_000) }, 5_000],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1_000 + 5) }, 5_000],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '12' }, 12_000],
    [{}, undefined],
  ])('by %j is %s ms', (headers, wait) => {
    expect(read(429, '', headers).retryAfterMs).toBe(wait)
  })

  test.each<[number, string, number | undefined]>([
    [429, '{"error":{"message":"Limit reached. Please try again in 26.604s. Visit us."}}', 26_604],
    [429, '{"error":{"message":"Please try again in 6m0.5s."}}', 360_500],
    [429, '{"error":{"message":"Please try again in 20ms."}}', 20],
    [429, '{"error":{"message":"Please retry after 26 seconds."}}', 26_000],
    [503, 'Try again in 1 minute or ask elsewhere', 60_000],
    [429, '{"error":{"message":"Please try again in a while."}}', undefined],
    [429, '{"error":{"message":"Please try again in 9 lives."}}', undefined],
    [429, '{"error":{"message":"Please try again in 9999 days."}}', undefined],
    [400, '{"error":{"message":"Please try again in 20s."}}', undefined],
    [
      429,
      JSON.stringify({
        error: {
          message: 'Rate limit exceeded',
          metadata: { headers: { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': String(NOW + 7_000) } },
        },
      }),
      7_000,
    ],
  ])('in its body (%i, %s) is %s ms', (status, body, wait) => {
    expect(read(status, body).retryAfterMs).toBe(wait)
  })

  test('by its headers goes before that of its words', () => {
    expect(read(429, '{"error":{"message":"Please try again in 20s."}}', { 'retry-after': '3' }).retryAfterMs).toBe(
      3_000,
    )
  })
})

/** Anthropic's headers: what is left of each limit, and when it is whole again. */
function limits(remaining: string, reset: string): ReplyHeaders {
  return {
    'anthropic-ratelimit-requests-remaining': '9',
    'anthropic-ratelimit-requests-reset': '2026-01-01T00:01:00Z',
    'anthropic-ratelimit-output-tokens-remaining': remaining,
    'anthropic-ratelimit-output-tokens-reset': reset,
  }
}

function read(status: number, body: string, headers: ReplyHeaders = {}) {
  return readErrorReply({ status, headers, body }, NOW, createRedact('sk-of-the-instance'))
}
