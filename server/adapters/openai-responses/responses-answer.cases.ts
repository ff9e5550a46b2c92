import { expect } from 'vitest'
import {
  type AnswerCase,
  STOP,
  USAGE,
  call,
  completed,
  created,
  ended,
  error,
  incomplete,
  itemDone,
  message,
  reasoning,
  say,
  sealed,
  sse,
  text,
  think,
  thought,
  toolCall,
} from './responses-events.cases.ts'

export const THOUGHTS: AnswerCase[] = [
  {
    title: 'a summary in two parts, and what its vendor wants back',
    body: sse(
      created,
      { type: 'response.output_item.added', output_index: 0, item: thought([], { encrypted_content: 'too early' }) },
      {
        type: 'response.reasoning_summary_part.added',
        output_index: 0,
        summary_index: 0,
        part: { type: 'summary_text', text: '' },
      },
      think('First '),
      think('this.'),
      { type: 'response.reasoning_summary_text.done', output_index: 0, summary_index: 0, text: 'First this.' },
      {
        type: 'response.reasoning_summary_part.done',
        output_index: 0,
        summary_index: 0,
        part: { type: 'summary_text', text: 'First this.' },
      },
      think('Then that.', 1),
      itemDone(0, thought(['First this.', 'Then that.'], { encrypted_content: 'sealed' })),
      say('So.', 1),
      completed([thought(['First this.', 'Then that.'], { encrypted_content: 'sealed' }), message('So.')]),
    ),
    events: [reasoning('First this.\n\nThen that.'), sealed('sealed'), text('So.'), STOP],
  },
  {
    title: 'a hidden thought',
    body: sse(
      created,
      itemDone(0, thought([], { encrypted_content: 'sealed' })),
      say('So.', 1),
      completed([thought([]), message('So.')]),
    ),
    events: [sealed('sealed'), text('So.'), STOP],
  },
  {
    title: 'two thoughts around a call',
    body: sse(
      created,
      think('One.'),
      itemDone(0, thought(['One.'], { encrypted_content: 's1' })),
      itemDone(1, call('c1', '{}')),
      think('Two.', 0, 2),
      itemDone(2, thought(['Two.'], { encrypted_content: 's2' })),
      itemDone(3, call('c2', '{}')),
      completed([thought(['One.']), call('c1', '{}'), thought(['Two.']), call('c2', '{}')]),
    ),
    events: [
      reasoning('One.'),
      sealed('s1'),
      toolCall('c1', '{}'),
      reasoning('Two.'),
      sealed('s2'),
      toolCall('c2', '{}'),
      { type: 'finish', reason: 'tool-calls', rawReason: 'completed' },
    ],
  },
  {
    title: 'a thought in full, as open models show it, that its item has in the other form',
    body: sse(
      created,
      { type: 'response.reasoning_text.delta', output_index: 0, content_index: 0, delta: 'Let me see.' },
      { type: 'response.reasoning_text.done', output_index: 0, content_index: 0, text: 'Let me see.' },
      itemDone(0, thought(['Let me see.'])),
      say('Yes.', 1),
      completed([thought(['Let me see.']), message('Yes.')]),
    ),
    events: [reasoning('Let me see.'), { type: 'reasoning-end' }, text('Yes.'), STOP],
  },
  {
    title: 'a thought in its item alone',
    body: sse(created, itemDone(0, thought(['A.', 'B.'])), say('Yes.', 1), completed()),
    events: [reasoning('A.\n\nB.'), { type: 'reasoning-end' }, text('Yes.'), STOP],
  },
]

export const CALLS: AnswerCase[] = [
  {
    title: 'calls in pieces, two side by side',
    body: sse(
      created,
      { type: 'response.output_item.added', output_index: 0, item: call('c1', '') },
      { type: 'response.output_item.added', output_index: 1, item: call('c2', '') },
      { type: 'response.function_call_arguments.delta', output_index: 0, delta: '{"city":' },
      { type: 'response.function_call_arguments.delta', output_index: 1, delta: '{}' },
      { type: 'response.function_call_arguments.delta', output_index: 0, delta: '"Ulm"}' },
      itemDone(0, call('c1', '{"city":"Ulm"}')),
      itemDone(1, call('c2', '{}')),
      completed([call('c1', '{"city":"Ulm"}'), call('c2', '{}')]),
    ),
    events: [
      toolCall('c1', '{"city":"Ulm"}'),
      toolCall('c2', '{}'),
      { type: 'finish', reason: 'tool-calls', rawReason: 'completed' },
    ],
  },
  {
    title: 'a call whose item never ends',
    body: sse(
      created,
      { type: 'response.output_item.added', output_index: 0, item: call('c1', '') },
      { type: 'response.function_call_arguments.delta', output_index: 0, delta: '{"a"' },
      { type: 'response.function_call_arguments.done', output_index: 0, arguments: '{"a":2}' },
      completed(),
    ),
    events: [toolCall('c1', '{"a":2}'), { type: 'finish', reason: 'tool-calls', rawReason: 'completed' }],
  },
  {
    title: 'a call in the response alone',
    body: sse(created, say('One moment.'), completed([message('One moment.'), call('c1', '{}')])),
    events: [
      text('One moment.'),
      toolCall('c1', '{}'),
      { type: 'finish', reason: 'tool-calls', rawReason: 'completed' },
    ],
  },
  {
    title: 'a call that was cut off is none',
    body: sse(
      created,
      { type: 'response.output_item.added', output_index: 0, item: call('c1', '') },
      { type: 'response.function_call_arguments.delta', output_index: 0, delta: '{"a":' },
      itemDone(0, call('c1', '{"a":', { status: 'incomplete' })),
      ended('incomplete', { incomplete_details: { reason: 'max_output_tokens' } }),
    ),
    events: [{ type: 'finish', reason: 'length', rawReason: 'max_output_tokens' }],
  },
]

export const ENDS: AnswerCase[] = [
  {
    title: 'too long',
    body: sse(created, say('Once'), ended('incomplete', { incomplete_details: { reason: 'max_output_tokens' } })),
    events: [text('Once'), { type: 'finish', reason: 'length', rawReason: 'max_output_tokens' }],
  },
  {
    title: 'filtered',
    body: sse(created, say('Once'), ended('incomplete', { incomplete_details: { reason: 'content_filter' } })),
    events: [text('Once'), { type: 'finish', reason: 'content-filter', rawReason: 'content_filter' }],
  },
  {
    title: 'failed, with usage',
    body: sse(
      created,
      say('Once'),
      ended('failed', { error: { code: 'server_error', message: 'Broke.' }, usage: USAGE }),
    ),
    events: [
      text('Once'),
      { type: 'usage', usage: { inputTokens: 9, cachedInputTokens: 4, outputTokens: 5 } },
      error({ kind: 'server', message: 'Broke.', retryable: true }),
    ],
  },
  {
    title: 'failed for what was sent',
    body: sse(created, ended('failed', { error: { code: 'invalid_prompt', message: 'Not this.' } })),
    events: [error({ kind: 'bad-request', message: 'Not this.', retryable: false })],
  },
  {
    title: 'failed for too many requests',
    body: sse(created, ended('failed', { error: { code: 'rate_limit_exceeded', message: 'Slow down.' } })),
    events: [error({ kind: 'rate-limit', message: 'Slow down.' })],
  },
  {
    title: 'failed without a word',
    body: sse(created, ended('failed', { error: null })),
    events: [error({ kind: 'server', message: expect.stringContaining('not why') })],
  },
  {
    title: 'cancelled by somebody else',
    body: sse(created, say('Once'), ended('cancelled')),
    events: [text('Once'), error({ kind: 'cancelled', retryable: false })],
  },
  {
    title: 'an error, flat',
    body: sse(created, say('Once'), { type: 'error', code: 'server_error', message: 'Boom.', sequence_number: 3 }),
    events: [text('Once'), error({ kind: 'server', message: 'Boom.', providerCode: 'server_error' })],
  },
  {
    title: 'an error, nested, in an event of that name',
    body: `${sse(created)}event: error\n${sse({ type: 'error', error: { code: 'insufficient_quota', message: 'Pay.' } })}`,
    events: [error({ kind: 'quota', message: 'Pay.' })],
  },
  {
    title: 'an error by another name',
    body: sse(created, say('Once'), {
      type: 'response.error',
      error: { code: 'rate_limit_exceeded', message: 'Slow.' },
    }),
    events: [text('Once'), error({ kind: 'rate-limit', message: 'Slow.' })],
  },
  {
    title: 'an error without a type',
    body: sse(created, { error: { code: 'context_length_exceeded', message: 'Too long.' } }),
    events: [error({ kind: 'context-length', message: 'Too long.' })],
  },
  { title: 'no end', body: sse(created, say('Once')), events: [text('Once'), incomplete] },
  {
    title: 'no end but a [DONE]',
    body: `${sse(created, say('Once'))}data: [DONE]\n\n`,
    events: [text('Once'), incomplete],
  },
  {
    title: 'a [DONE] after the end',
    body: `${sse(created, say('Once'), completed())}data: [DONE]\n\n`,
    events: [text('Once'), STOP],
  },
  {
    title: 'an end that leaves out its status',
    body: sse(created, say('Hi'), completed([], { status: undefined })),
    events: [text('Hi'), STOP],
  },
  {
    title: 'an end that says in progress',
    body: sse(created, say('Hi'), completed([], { status: 'in_progress' })),
    events: [text('Hi'), STOP],
  },
  {
    title: 'a document of a response that goes on',
    body: JSON.stringify({ id: 'resp_a', object: 'response', status: 'in_progress', error: null, output: [] }),
    events: [error({ kind: 'incomplete', providerCode: 'in_progress' })],
  },
  {
    title: 'a document of another protocol',
    body: JSON.stringify({ object: 'chat.completion', choices: [] }),
    events: [error({ kind: 'bad-response' })],
  },
  {
    title: 'an error as a document',
    body: JSON.stringify({ error: { message: 'No.' } }),
    events: [error({ message: 'No.' })],
  },
]
