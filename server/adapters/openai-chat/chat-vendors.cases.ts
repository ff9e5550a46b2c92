import { delta, error, say, sse, stop, STOP, text, type DecoderCase } from './chat-decoder.cases.ts'

/** What single vendors put into a stream beside, or instead of, what OpenAI documents. */
export const VENDORS: DecoderCase[] = [
  {
    title: 'an error in a list in an event',
    body: `${sse(say('Half'))}data: [{"error":{"code":503,"message":"Busy","status":"UNAVAILABLE"}}]\n\n`,
    events: [text('Half'), error('overloaded', 'Busy')],
  },
  {
    title: 'a bare error line before the end of the stream',
    body: '{"error":{"message":"Slow down","code":"rate_limit_exceeded"}}\n\ndata: [DONE]\n\n',
    events: [error('rate-limit', 'Slow down')],
  },
  {
    title: 'a chunk a line',
    body: [say('H'), say('i'), stop()].map((chunk) => `${JSON.stringify(chunk)}\n`).join(''),
    events: [text('Hi'), STOP],
  },
  {
    title: 'a chunk a line, without an end',
    body: [say('H'), say('i')].map((chunk) => `${JSON.stringify(chunk)}\n`).join(''),
    events: [text('Hi'), error('incomplete', '')],
  },
  {
    title: 'a list of errors',
    body: sse(say('Half'), { error: [{ message: 'Busy', code: 503 }] }),
    events: [text('Half'), error('overloaded', 'Busy')],
  },
  {
    title: 'the word null for no finish reason',
    body: sse({ ...delta({ content: 'H' }, 'null') }, delta({ content: 'i' }, 'null'), stop()),
    events: [text('Hi'), STOP],
  },
  {
    title: "Azure's filter results, with no delta, and after the finish",
    body: sse(
      { choices: [], prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }] },
      say('Hi'),
      stop(),
      {
        choices: [
          { index: 0, content_filter_results: { error: { code: 'x', message: 'not run' } }, finish_reason: null },
        ],
      },
    ),
    events: [text('Hi'), STOP],
  },
  {
    title: "Azure's filter that ends the answer",
    body: sse(say('Half'), stop('content_filter')),
    events: [text('Half'), { type: 'finish', reason: 'content-filter', rawReason: 'content_filter' }],
  },
  {
    title: "Groq's error inside x_groq, as words",
    body: sse(say('Half'), { ...stop('error'), x_groq: { id: 'r', error: 'Model is over capacity' } }),
    events: [text('Half'), error('overloaded', 'over capacity')],
  },
  {
    title: "Groq's error inside x_groq, as an object",
    body: sse(say('Half'), { choices: [], x_groq: { error: { message: 'It broke', type: 'internal_server_error' } } }),
    events: [text('Half'), error('server', 'It broke')],
  },
  {
    title: "OpenRouter's error beside a finish reason that says no more",
    body: `: OPENROUTER PROCESSING\n\n${sse(say('Half'), { ...stop('error'), error: { code: 429, message: 'Slow down' } })}`,
    events: [text('Half'), error('rate-limit', 'Slow down')],
  },
  {
    title: "OpenRouter's encrypted thought of a tool call",
    body: sse(
      delta({ reasoning: 'Hm', reasoning_details: [{ type: 'reasoning.text', text: 'Hm', index: 0 }] }),
      delta({
        tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '{}' } }],
        reasoning_details: [{ type: 'reasoning.encrypted', data: 'D', id: 'c', index: 0 }],
      }),
      stop('tool_calls'),
    ),
    events: [
      { type: 'reasoning-delta', text: 'Hm' },
      {
        type: 'reasoning-end',
        providerMetadata: { reasoningDetails: [{ type: 'reasoning.encrypted', data: 'D', id: 'c', index: 0 }] },
      },
      { type: 'tool-call', toolCallId: 'c', name: 'f', arguments: '{}' },
      { type: 'finish', reason: 'tool-calls', rawReason: 'tool_calls' },
    ],
  },
  {
    title: "OpenRouter's cost",
    body: sse(say('Hi'), stop(), {
      choices: [],
      usage: { prompt_tokens: 5, completion_tokens: 1, cost: 0.25, prompt_tokens_details: { cache_write_tokens: 4 } },
    }),
    events: [
      text('Hi'),
      { type: 'usage', usage: { inputTokens: 5, outputTokens: 1, cacheWriteTokens: 4, costUsd: 0.25 } },
      STOP,
    ],
  },
  {
    title: "Perplexity's sources and whole message in every chunk",
    body: sse(
      ...['Hel', 'lo'].map((content, n) => ({
        choices: [
          { index: 0, delta: { content }, message: { content: 'Hello'.slice(0, 3 + 2 * n) }, finish_reason: null },
        ],
        search_results: [{ title: 'A', url: 'https://a.example/', date: '2026-01-01' }],
        citations: ['https://a.example/'],
      })),
      { choices: [{ index: 0, message: { content: 'Hello' }, finish_reason: 'stop' }] },
    ),
    events: [text('Hello'), { type: 'source', url: 'https://a.example/', title: 'A' }, STOP],
  },
  {
    title: "Mistral's references",
    body: sse(
      delta({
        content: [
          { type: 'text', text: 'Hi' },
          { type: 'reference', reference_ids: [1] },
        ],
      }),
      delta({ content: [{ type: 'tool_reference', url: 'https://a.example/', title: 'A' }] }),
      stop(),
    ),
    events: [text('Hi'), { type: 'source', url: 'https://a.example/', title: 'A' }, STOP],
  },
  {
    title: "Mistral's thought that is a string, and an empty one",
    body: sse(
      delta({ content: [{ type: 'thinking', thinking: 'Hm' }] }),
      delta({ content: [{ type: 'thinking', thinking: [] }] }),
      delta({ content: '' }),
      say('Hi'),
      stop(),
    ),
    events: [{ type: 'reasoning-delta', text: 'Hm' }, text('Hi'), STOP],
  },
  {
    title: "Google's signature of a tool call",
    body: sse(
      delta({
        tool_calls: [
          {
            ...{ index: 0, id: 'c', function: { name: 'f', arguments: '{}' } },
            extra_content: { google: { thought_signature: 'S' } },
          },
        ],
      }),
      stop('tool_calls'),
    ),
    events: [
      {
        ...{ type: 'tool-call', toolCallId: 'c', name: 'f', arguments: '{}' },
        providerMetadata: { extraContent: { google: { thought_signature: 'S' } } },
      },
      { type: 'finish', reason: 'tool-calls', rawReason: 'tool_calls' },
    ],
  },
  {
    title: "OpenAI's older function call, in pieces",
    body: sse(
      delta({ function_call: { name: 'f', arguments: '' } }),
      delta({ function_call: { arguments: '{"a":1}' } }),
      stop('function_call'),
    ),
    events: [
      { type: 'tool-call', toolCallId: 'call_0', name: 'f', arguments: '{"a":1}' },
      { type: 'finish', reason: 'tool-calls', rawReason: 'function_call' },
    ],
  },
  {
    title: "the words of OpenAI's audio, and probabilities of tokens",
    body: sse(
      delta({ content: null, audio: { id: 'a', transcript: 'Hi' } }),
      { choices: [{ index: 0, delta: { audio: { data: 'AAAA' } }, logprobs: { content: [] }, finish_reason: null }] },
      stop(),
    ),
    events: [text('Hi'), STOP],
  },
  {
    title: 'a refusal among the parts of a whole answer',
    body: JSON.stringify({
      choices: [{ message: { content: [{ type: 'refusal', refusal: 'No.' }] }, finish_reason: 'stop' }],
    }),
    events: [{ type: 'refusal-delta', text: 'No.' }, STOP],
  },
  {
    title: 'a whole answer with a tool call and a thought',
    body: JSON.stringify({
      choices: [
        {
          message: {
            ...{ content: null, reasoning_content: 'Hm' },
            tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
          },
          finish_reason: 'tool_calls',
        },
      ],
    }),
    events: [
      { type: 'reasoning-delta', text: 'Hm' },
      { type: 'tool-call', toolCallId: 'c', name: 'f', arguments: '{}' },
      { type: 'finish', reason: 'tool-calls', rawReason: 'tool_calls' },
    ],
  },
  {
    title: 'words where the older completions have them',
    body: sse({ choices: [{ index: 0, text: 'Hi', finish_reason: null }] }, stop()),
    events: [text('Hi'), STOP],
  },
  {
    title: "Z.ai's finish that says that it was cut off by its filter",
    body: sse(say('Half'), stop('sensitive')),
    events: [text('Half'), { type: 'finish', reason: 'content-filter', rawReason: 'sensitive' }],
  },
  ...[
    ['network_error', 'server'],
    ['insufficient_system_resource', 'overloaded'],
    ['abort', 'server'],
  ].map(([reason = '', kind = '']) => ({
    title: `the finish "${reason}", which is none`,
    body: sse(say('Half'), stop(reason)),
    events: [text('Half'), error(kind, reason)],
  })),
  {
    title: "vLLM's error alone",
    body: `data: {"object":"error","message":"maximum context length is 9","type":"BadRequestError","code":400}\n\ndata: [DONE]\n\n`,
    events: [error('context-length', 'maximum context')],
  },
  {
    title: "Z.ai's error without the word",
    body: '{"code":1302,"msg":"Rate limit reached","success":false}',
    events: [error('rate-limit', 'Rate limit reached')],
  },
]
