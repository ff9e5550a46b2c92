import { expect } from 'vitest'

export const STOP = { type: 'finish', reason: 'stop', rawReason: 'stop' }

/** A body and what it means. */
export interface DecoderCase {
  title: string
  body: string | Buffer
  events: object[]
}

export const FRAMING: DecoderCase[] = [
  { title: 'plain line feeds', body: stream('\n'), events: whole() },
  { title: 'CRLF', body: stream('\r\n'), events: whole() },
  { title: 'CR alone', body: stream('\r'), events: whole() },
  { title: 'a byte order mark', body: `\uFEFF${stream('\n')}`, events: whole() },
  { title: 'no space after the colon', body: stream('\n').replaceAll('data: ', 'data:'), events: whole() },
  { title: 'two spaces after the colon', body: stream('\n').replaceAll('data: ', 'data:  '), events: whole() },
  { title: 'no blank line after the last event', body: stream('\n').trimEnd(), events: whole() },
  { title: 'no [DONE]', body: stream('\n').replace('data: [DONE]\n\n', ''), events: whole() },
  { title: 'comments and other fields', body: `: hello\nid: 7\nretry: 5\n\n${stream('\n')}`, events: whole() },
  {
    title: 'events named and spread over lines',
    body: 'event: message\ndata: {"choices":\ndata: [{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n',
    events: [text('Hi'), STOP],
  },
  { title: 'words that are no JSON as keep-alive', body: `data: ping\n\ndata:\n\n${stream('\n')}`, events: whole() },
]

export const CONTENT: DecoderCase[] = [
  {
    title: 'a first chunk without choices, and empty ones',
    body: sse({ prompt_filter_results: [] }, { choices: [] }, { choices: null }, say('Hi'), stop()),
    events: [text('Hi'), STOP],
  },
  {
    title: 'a choice without delta, or with none in it',
    body: sse({ choices: [{ index: 0 }] }, { choices: [{ delta: null }] }, say('Hi'), stop()),
    events: [text('Hi'), STOP],
  },
  {
    title: 'nulls in every field',
    body: sse(delta({ content: null, refusal: null, reasoning: null, tool_calls: null }), say('Hi'), {
      ...stop(),
      error: null,
      usage: null,
    }),
    events: [text('Hi'), STOP],
  },
  {
    title: 'only the first of several choices',
    body: sse(
      say('A'),
      { choices: [{ index: 1, delta: { content: 'x' }, finish_reason: 'length' }] },
      say('B'),
      stop(),
    ),
    events: [text('AB'), STOP],
  },
  {
    title: 'one finish where several are sent',
    body: sse(say('Hi'), stop(), stop('length')),
    events: [text('Hi'), STOP],
  },
  {
    title: 'text in the chunk that finishes, and after it',
    body: sse(delta({ content: 'Hel' }, 'stop'), say('lo')),
    events: [text('Hello'), STOP],
  },
  {
    title: 'the last usage of many, at the end',
    body: sse(
      { ...say('Hi'), usage: { prompt_tokens: 1, completion_tokens: 1 } },
      { ...stop(), usage: { prompt_tokens: 1, completion_tokens: 9 } },
    ),
    events: [text('Hi'), { type: 'usage', usage: { inputTokens: 1, outputTokens: 9 } }, STOP],
  },
  {
    title: 'usage inside x_groq',
    body: sse(say('Hi'), { ...stop(), x_groq: { usage: { prompt_tokens: 3, completion_tokens: 4 } } }),
    events: [text('Hi'), { type: 'usage', usage: { inputTokens: 3, outputTokens: 4 } }, STOP],
  },
  {
    title: 'reasoning under each of its names, once',
    body: sse(
      delta({ reasoning_content: 'a', reasoning: 'a' }),
      delta({ reasoning: 'b', reasoning_details: [{ type: 'reasoning.text', text: 'b' }] }),
      delta({ reasoning_details: [{ type: 'reasoning.summary', summary: 'c' }] }),
      say('Hi'),
      stop(),
    ),
    events: [{ type: 'reasoning-delta', text: 'abc' }, text('Hi'), STOP],
  },
  {
    title: 'a signature as metadata of the reasoning',
    body: sse(
      delta({ reasoning: 'a' }),
      delta({ reasoning_details: [{ type: 'reasoning.text', text: 'a', signature: 'S' }] }),
      say('Hi'),
      stop(),
    ),
    events: [
      { type: 'reasoning-delta', text: 'aa' },
      { type: 'reasoning-end', providerMetadata: { reasoningDetails: [{ type: 'reasoning.text', signature: 'S' }] } },
      text('Hi'),
      STOP,
    ],
  },
  {
    title: 'content in parts, thoughts among them',
    body: sse(
      delta({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] }] }),
      delta({ content: [{ type: 'text', text: 'Hi' }, 'lo'] }),
      stop(),
    ),
    events: [{ type: 'reasoning-delta', text: 'Hm' }, text('Hilo'), STOP],
  },
  {
    title: 'a refusal',
    body: sse(delta({ refusal: 'I will ' }), delta({ refusal: 'not.' }), stop()),
    events: [{ type: 'refusal-delta', text: 'I will not.' }, STOP],
  },
  {
    title: 'sources once each, after the text',
    body: sse(
      {
        ...say('Hi'),
        citations: ['https://a.example/', 'javascript:alert(1)'],
        search_results: [{ url: 'https://a.example/', title: 'A' }],
      },
      delta({ annotations: [{ type: 'url_citation', url_citation: { url: 'https://b.example/' } }] }),
      stop(),
    ),
    events: [
      text('Hi'),
      { type: 'source', url: 'https://a.example/', title: 'A' },
      { type: 'source', url: 'https://b.example/' },
      STOP,
    ],
  },
  {
    title: 'tool calls whole, at the end',
    body: sse(
      delta({ tool_calls: [{ index: 0, id: 'c1', function: { name: 'f', arguments: '{"a"' } }] }),
      delta({ tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }),
      stop('tool_calls'),
    ),
    events: [
      { type: 'tool-call', toolCallId: 'c1', name: 'f', arguments: '{"a":1}' },
      { type: 'finish', reason: 'tool-calls', rawReason: 'tool_calls' },
    ],
  },
  {
    title: 'NUL and control characters',
    body: sse(say('a\0b\u0007\u2028c'), stop()),
    events: [text('a\0b\u0007\u2028c'), STOP],
  },
  {
    title: 'an end without a reason',
    body: `${sse(say('Hi'))}data: [DONE]\n\n`,
    events: [text('Hi'), { type: 'finish', reason: 'other' }],
  },
  {
    title: 'nothing of what comes after [DONE]',
    body: `${stream('\n')}${sse(say('more'))}data: [DONE]\n\n`,
    events: whole(),
  },
  {
    title: 'a whole answer in place of a stream',
    body: `  \n${JSON.stringify({ object: 'chat.completion', choices: [{ index: 0, message: { content: 'Hi' }, finish_reason: 'stop' }], usage: { prompt_tokens: 1, completion_tokens: 2 } }, null, 2)}`,
    events: [text('Hi'), { type: 'usage', usage: { inputTokens: 1, outputTokens: 2 } }, STOP],
  },
]

export const ERRORS: DecoderCase[] = [
  {
    title: 'the end of the stream before that of the answer',
    body: sse(say('Half')),
    events: [text('Half'), error('incomplete', 'ended before')],
  },
  { title: 'an empty body', body: '', events: [error('incomplete', '')] },
  { title: '[DONE] and nothing else', body: 'data: [DONE]\n\n', events: [error('incomplete', '')] },
  {
    title: 'an event torn in the middle',
    body: sse(say('Half'), say('lost')).slice(0, -20),
    events: [text('Half'), error('incomplete', '')],
  },
  {
    title: 'an event that is no JSON',
    body: `${sse(say('Half'))}data: {"choices":[{"delta":{"conte\n\n${sse(stop())}`,
    events: [text('Half'), error('bad-response', 'not valid JSON')],
  },
  {
    title: 'an error in the middle',
    body: sse(say('Half'), { error: { message: 'It broke', type: 'server_error' } }, say('more')),
    events: [text('Half'), error('server', 'It broke')],
  },
  {
    title: 'an error beside usage and after the finish',
    body: sse(say('Half'), stop('length'), {
      choices: [],
      error: { code: 400, message: 'Limit' },
      usage: { prompt_tokens: 1, completion_tokens: 2 },
    }),
    events: [
      text('Half'),
      { type: 'usage', usage: { inputTokens: 1, outputTokens: 2 } },
      {
        type: 'error',
        error: { kind: 'bad-request', message: 'Limit', status: 400, providerCode: '400', retryable: false },
      },
    ],
  },
  {
    title: 'an error that is a string',
    body: sse(say('Half'), { error: 'upstream timed out' }),
    events: [text('Half'), error('server', 'upstream timed out')],
  },
  {
    title: 'an error in the choice',
    body: sse({ choices: [{ index: 0, delta: {}, error: { code: 502, message: 'Gone' } }] }),
    events: [error('server', 'Gone')],
  },
  {
    title: 'an error event with words alone',
    body: 'event: error\ndata: over capacity\n\n',
    events: [error('overloaded', 'over capacity')],
  },
  {
    title: 'a field named error',
    body: `${sse(say('Half'))}error: {"error":{"message":"context size exceeded"}}\n\n`,
    events: [text('Half'), error('context-length', 'context size')],
  },
  {
    title: 'a bare JSON line between events',
    body: `${sse(say('Half'))}{"error":{"message":"Bad day"}}\n`,
    events: [text('Half'), error('server', 'Bad day')],
  },
  {
    title: 'a finish reason that says so',
    body: sse(say('Half'), stop('error')),
    events: [text('Half'), error('server', 'broke off')],
  },
  {
    title: 'a JSON error under status 200',
    body: '{"error":{"message":"Insufficient credits","code":402}}',
    events: [error('quota', 'Insufficient credits')],
  },
  {
    title: 'a list with an error in it',
    body: '[{"error":{"message":"Nope","code":503}}]',
    events: [error('overloaded', 'Nope')],
  },
  { title: 'JSON that is neither answer nor error', body: '{"hello":"world"}', events: [error('bad-response', '')] },
  {
    title: 'a web page',
    body: '\n<!doctype html><html><title>Sign  in</title><body><script>x</script>',
    events: [error('bad-response', 'Sign in')],
  },
  { title: 'plain words', body: 'upstream connect error\n', events: [error('bad-response', 'upstream connect error')] },
  {
    title: 'our key, masked',
    body: sse({ error: { message: 'Wrong API key sk-our-own-secret-key' } }),
    events: [error('auth', 'Wrong API key [redacted]')],
  },
]

export function delta(fields: object, finish: string | null = null): object {
  return { choices: [{ index: 0, delta: fields, finish_reason: finish }] }
}

export function say(content: string): object {
  return delta({ content })
}

export function stop(reason = 'stop'): object {
  return delta({}, reason)
}

export function sse(...chunks: object[]): string {
  return chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')
}

export function stream(lineEnd: string): string {
  return `${sse(say('Grüße, 世'), say('界 👩‍🚀'), stop())}data: [DONE]\n\n`.replaceAll('\n', lineEnd)
}

function whole(): object[] {
  return [text('Grüße, 世界 👩‍🚀'), STOP]
}

export function text(words: string): object {
  return { type: 'text-delta', text: words }
}

export function error(kind: string, words: string): object {
  return { type: 'error', error: expect.objectContaining({ kind, message: expect.stringContaining(words) }) }
}
