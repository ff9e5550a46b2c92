import { call, cites, error, failure, hidden, signed, text, thought } from './anthropic-events.fixture.ts'
import { begin, block, finish, sse, stream, textBlock, thinkingBlock, toolBlock } from './anthropic-stream.fixture.ts'

/** A body and what it means. */
export interface DecoderCase {
  title: string
  body: string
  events: object[]
}

const STOP = { type: 'finish', reason: 'stop', rawReason: 'end_turn' }
const USAGE = { type: 'usage', usage: { inputTokens: 11, outputTokens: 7 } }
const HI = stream([textBlock(0, 'Hi')])
const SAYS_HI = [text('Hi'), USAGE, STOP]

export const FRAMING: DecoderCase[] = [
  { title: 'plain line feeds', body: HI, events: SAYS_HI },
  { title: 'CRLF', body: HI.replaceAll('\n', '\r\n'), events: SAYS_HI },
  { title: 'events without their names', body: HI.replaceAll(/^event: .*\n/gm, ''), events: SAYS_HI },
  { title: 'padded with blanks, as the vendor does', body: HI.replaceAll('}\n\n', '}      \n\n'), events: SAYS_HI },
  { title: 'no blank line after the last event', body: HI.trimEnd(), events: SAYS_HI },
  { title: 'no message_stop after the reason', body: HI.replace(sse({ type: 'message_stop' }), ''), events: SAYS_HI },
  {
    title: 'characters of several bytes',
    body: stream([textBlock(0, 'w\u00F6\u4F60', '\u{1F600}')]),
    events: [text('w\u00F6\u4F60\u{1F600}'), USAGE, STOP],
  },
  { title: 'pings everywhere', body: HI.replaceAll('\n\n', `\n\n${sse({ type: 'ping' })}`), events: SAYS_HI },
  {
    title: 'a whole message where no stream came',
    body: JSON.stringify({
      type: 'message',
      content: [
        { type: 'thinking', thinking: 'Hm', signature: 'S' },
        { type: 'text', text: 'Hi' },
        { type: 'tool_use', id: 't1', name: 'look', input: { at: 1 } },
        { type: 'tool_use', id: 't2', name: 'wait', input: {} },
      ],
      stop_reason: 'tool_use',
      usage: { input_tokens: 11, output_tokens: 7 },
    }),
    events: [
      thought('Hm'),
      signed('S'),
      text('Hi'),
      call('t1', 'look', '{"at":1}'),
      call('t2', 'wait', '{}'),
      USAGE,
      { type: 'finish', reason: 'tool-calls', rawReason: 'tool_use' },
    ],
  },
]

export const CONTENT: DecoderCase[] = [
  {
    title: 'text that the block starts with',
    body: sse(begin(), ...block(0, { type: 'text', text: 'Hi' }), ...finish('end_turn')),
    events: SAYS_HI,
  },
  {
    title: 'deltas of a block that was never started',
    body: sse(
      begin(),
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } },
      ...finish('end_turn'),
    ),
    events: SAYS_HI,
  },
  { title: 'an answer without content', body: stream([]), events: [USAGE, STOP] },
  {
    title: 'thoughts with the signature that they go back with',
    body: stream([thinkingBlock(0, 'Hm', 'S=='), textBlock(1, 'Hi')]),
    events: [thought('Hm'), signed('S=='), ...SAYS_HI],
  },
  {
    title: 'thoughts without words, and such without a signature',
    body: stream([thinkingBlock(0, '', 'S=='), thinkingBlock(1, 'Hm', ''), textBlock(2, 'Hi')]),
    events: [signed('S=='), thought('Hm'), { type: 'reasoning-end' }, ...SAYS_HI],
  },
  {
    title: 'hidden thoughts, each for itself',
    body: stream([
      block(0, { type: 'redacted_thinking', data: 'X1' }),
      block(1, { type: 'redacted_thinking', data: 'X2' }),
      textBlock(2, 'Hi'),
    ]),
    events: [hidden('X1'), hidden('X2'), ...SAYS_HI],
  },
  {
    title: 'tool calls whole, between text and thoughts, in their order',
    body: stream(
      [
        thinkingBlock(0, 'Hm', 'S'),
        textBlock(1, 'So:'),
        toolBlock(2, 't1', 'look', '', '{"a', '": 1}'),
        toolBlock(3, 't2', 'wait', ''),
      ],
      'tool_use',
    ),
    events: [
      thought('Hm'),
      signed('S'),
      text('So:'),
      call('t1', 'look', '{"a": 1}'),
      call('t2', 'wait', ''),
      USAGE,
      { type: 'finish', reason: 'tool-calls', rawReason: 'tool_use' },
    ],
  },
  {
    title: 'a tool call that was never stopped',
    body: sse(begin(), ...toolBlock(0, 't1', 'look', '{"a":1}').slice(0, -1), ...finish('tool_use')),
    events: [call('t1', 'look', '{"a":1}'), USAGE, { type: 'finish', reason: 'tool-calls', rawReason: 'tool_use' }],
  },
  {
    title: 'tools of the vendor, compaction and unknown blocks as nothing',
    body: stream([
      textBlock(0, 'H'),
      block(
        1,
        { type: 'server_tool_use', id: 's1', name: 'web_search', input: {} },
        { type: 'input_json_delta', partial_json: '{"query":"q"}' },
      ),
      block(2, {
        type: 'web_search_tool_result',
        tool_use_id: 's1',
        content: [{ type: 'web_search_result', url: 'https://unused.example', title: 'U' }],
      }),
      block(3, { type: 'bash_code_execution_tool_result', tool_use_id: 's2', content: { stdout: 'out' } }),
      block(4, { type: 'compaction', content: null }, { type: 'compaction_delta', content: 'Summary' }),
      block(5, { type: 'fallback', from: { model: 'a' }, to: { model: 'b' } }),
      block(
        6,
        { type: 'hologram', text: 'no' },
        { type: 'text_delta', text: 'no' },
        { type: 'hologram_delta', text: 'no' },
      ),
      textBlock(7, 'i'),
    ]),
    events: SAYS_HI,
  },
  {
    title: 'events and shapes of no known kind as nothing',
    body: sse(
      begin(),
      { type: 'weather', message: 'mild' },
      { type: 'content_block_start' },
      { type: 'content_block_delta', index: 9, delta: null },
      { type: 'message_delta' },
      ...textBlock(0, 'Hi'),
      ...finish('end_turn'),
    ),
    events: SAYS_HI,
  },
  {
    title: 'citations as sources, each page once, after the words',
    body: stream([
      block(
        0,
        { type: 'text', text: '', citations: [] },
        { type: 'text_delta', text: 'Hi' },
        cites({ type: 'web_search_result_location', url: 'https://a.example/', title: 'A' }),
        cites({ type: 'web_search_result_location', url: 'https://a.example/', title: 'A' }),
        cites({ type: 'search_result_location', source: 'https://b.example/', title: null }),
        cites({ type: 'page_location', document_index: 0, document_title: 'Book', start_page_number: 1 }),
      ),
    ]),
    events: [
      text('Hi'),
      { type: 'source', url: 'https://a.example/', title: 'A' },
      { type: 'source', url: 'https://b.example/' },
      USAGE,
      STOP,
    ],
  },
  {
    title: 'the last of each count, those of the cache and the thoughts among them',
    body: sse(
      begin({ input_tokens: 3, cache_read_input_tokens: 100, cache_creation_input_tokens: 20, output_tokens: 1 }),
      ...textBlock(0, 'Hi'),
      ...finish('end_turn', { input_tokens: 5, output_tokens: 9, output_tokens_details: { thinking_tokens: 4 } }),
    ),
    events: [
      text('Hi'),
      {
        type: 'usage',
        usage: { inputTokens: 5, outputTokens: 9, cachedInputTokens: 100, cacheWriteTokens: 20, reasoningTokens: 4 },
      },
      STOP,
    ],
  },
  ...(
    [
      ['stop_sequence', 'stop'],
      ['max_tokens', 'length'],
      ['model_context_window_exceeded', 'length'],
      ['pause_turn', 'pause'],
      ['refusal', 'content-filter'],
      ['compaction', 'other'],
      ['constructor', 'other'],
    ] as const
  ).map(([rawReason, reason]) => ({
    title: `${rawReason} as ${reason}`,
    body: stream([textBlock(0, 'Hi')], rawReason),
    events: [text('Hi'), USAGE, { type: 'finish', reason, rawReason }],
  })),
  {
    title: 'why nothing was answered, in the words of the vendor',
    body: sse(
      begin(),
      ...finish('refusal', {}, { stop_details: { type: 'refusal', category: 'cyber', explanation: 'No.' } }),
    ),
    events: [
      { type: 'usage', usage: { inputTokens: 11, outputTokens: 1 } },
      { type: 'finish', reason: 'content-filter', rawReason: 'refusal', detail: 'No.' },
    ],
  },
  {
    title: 'a refusal within an answer without more words',
    body: sse(
      begin(),
      ...textBlock(0, 'Hi'),
      ...finish('refusal', { output_tokens: 7 }, { stop_details: { explanation: 'No.' } }),
    ),
    events: [text('Hi'), USAGE, { type: 'finish', reason: 'content-filter', rawReason: 'refusal', detail: 'No.' }],
  },
]

const BEGUN = { type: 'usage', usage: { inputTokens: 11, outputTokens: 1 } }
const HALF = [begin(), ...textBlock(0, 'Hal').slice(0, -1)]

export const ERRORS: DecoderCase[] = [
  {
    title: 'an error after text',
    body: sse(...HALF, failure('overloaded_error', 'Overloaded')),
    events: [text('Hal'), BEGUN, error('overloaded', 'Overloaded')],
  },
  {
    title: 'an error before anything',
    body: sse(failure('api_error', 'Internal server error')),
    events: [error('server', 'Internal server error')],
  },
  {
    title: 'an error whose event has no name',
    body: `data: ${JSON.stringify(failure('rate_limit_error', 'Slow down'))}\n\n`,
    events: [error('rate-limit', 'Slow down')],
  },
  {
    title: 'a time-out of the vendor',
    body: sse(...HALF, failure('timeout_error', 'Took long')),
    events: [text('Hal'), BEGUN, error('timeout', 'Took long')],
  },
  {
    title: 'an error as a document',
    body: JSON.stringify(failure('invalid_request_error', 'prompt is too long: 9 tokens > 8 maximum')),
    events: [error('context-length', 'prompt is too long: 9 tokens > 8 maximum')],
  },
  {
    title: 'an error of something in between',
    body: sse(...HALF, { error: { message: 'Bad gateway' } }),
    events: [text('Hal'), BEGUN, error('server', 'Bad gateway')],
  },
  { title: 'an end within the answer', body: sse(...HALF), events: [text('Hal'), BEGUN, error('incomplete')] },
  {
    title: 'an end after the last block',
    body: sse(begin(), ...textBlock(0, 'Hal')),
    events: [text('Hal'), BEGUN, error('incomplete')],
  },
  {
    title: 'an end within a tool call, which nobody is told of',
    body: sse(begin(), ...toolBlock(0, 't1', 'look', '{"a').slice(0, -1)),
    events: [BEGUN, error('incomplete')],
  },
  {
    title: 'an end within thoughts, whose signature is not trusted',
    body: sse(begin(), ...thinkingBlock(0, 'Hm', 'S').slice(0, -1)),
    events: [thought('Hm'), BEGUN, error('incomplete')],
  },
  {
    title: 'JSON that does not parse',
    body: `${sse(...HALF)}data: {"type":\n\n`,
    events: [text('Hal'), BEGUN, error('bad-response')],
  },
  { title: 'a web page', body: '<html><title>Sign in</title></html>', events: [error('bad-response')] },
  { title: 'nothing but a stop', body: sse({ type: 'message_stop' }), events: [error('incomplete')] },
]
