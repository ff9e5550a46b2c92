import { expect } from 'vitest'

/** A body and what it means. */
export interface AnswerCase {
  title: string
  body: string
  events: object[]
}

export const STOP = { type: 'finish', reason: 'stop', rawReason: 'completed' }
const USAGE = { input_tokens: 9, input_tokens_details: { cached_tokens: 4 }, output_tokens: 5 }

export const text = (words: string) => ({ type: 'text-delta', text: words })
const refusal = (words: string) => ({ type: 'refusal-delta', text: words })
const reasoning = (words: string) => ({ type: 'reasoning-delta', text: words })
const error = (fields: object) => ({ type: 'error', error: expect.objectContaining(fields) })
const incomplete = error({ kind: 'incomplete', retryable: true })

const created = { type: 'response.created', response: { id: 'resp_a', status: 'in_progress', output: [] } }
export const say = (delta: string, index = 0) => ({
  type: 'response.output_text.delta',
  item_id: 'msg',
  output_index: index,
  content_index: 0,
  delta,
})
const think = (delta: string, part = 0, index = 0) => ({
  type: 'response.reasoning_summary_text.delta',
  item_id: 'rs',
  output_index: index,
  summary_index: part,
  delta,
})
const itemDone = (index: number, item: object) => ({ type: 'response.output_item.done', output_index: index, item })
const message = (words: string, more: object = {}) => ({
  id: 'msg',
  type: 'message',
  role: 'assistant',
  content: [{ type: 'output_text', text: words, annotations: [] }],
  ...more,
})
const call = (id: string, args: string, more: object = {}) => ({
  id: `fc_${id}`,
  type: 'function_call',
  call_id: id,
  name: 'look',
  arguments: args,
  ...more,
})
const thought = (summary: string[], more: object = {}) => ({
  id: 'rs',
  type: 'reasoning',
  summary: summary.map((words) => ({ type: 'summary_text', text: words })),
  ...more,
})
export const completed = (output: object[] = [], more: object = {}) => ({
  type: 'response.completed',
  response: { id: 'resp_a', object: 'response', status: 'completed', output, ...more },
})

export const TEXT: AnswerCase[] = [
  {
    title: 'deltas, said again in every done',
    body: sse(
      created,
      { type: 'response.in_progress', response: { status: 'in_progress' } },
      { type: 'response.output_item.added', output_index: 0, item: message('') },
      {
        type: 'response.content_part.added',
        output_index: 0,
        content_index: 0,
        part: { type: 'output_text', text: '' },
      },
      say('Grüß '),
      say('dich'),
      { type: 'response.output_text.done', output_index: 0, content_index: 0, text: 'Grüß dich' },
      {
        type: 'response.content_part.done',
        output_index: 0,
        content_index: 0,
        part: { type: 'output_text', text: 'Grüß dich' },
      },
      itemDone(0, message('Grüß dich')),
      completed([message('Grüß dich')], { usage: USAGE }),
    ),
    events: [
      text('Grüß dich'),
      { type: 'usage', usage: { inputTokens: 9, cachedInputTokens: 4, outputTokens: 5 } },
      STOP,
    ],
  },
  {
    title: 'the end of the words in the text’s done alone',
    body: sse(
      created,
      say('Hel'),
      { type: 'response.output_text.done', output_index: 0, content_index: 0, text: 'Hello' },
      completed(),
    ),
    events: [text('Hello'), STOP],
  },
  {
    title: 'words in the part’s done alone',
    body: sse(
      created,
      {
        type: 'response.content_part.done',
        output_index: 0,
        content_index: 0,
        part: { type: 'output_text', text: 'Hello' },
      },
      completed([message('Hello')]),
    ),
    events: [text('Hello'), STOP],
  },
  {
    title: 'words in the item’s done alone',
    body: sse(created, itemDone(0, message('Hello')), completed([message('Hello')])),
    events: [text('Hello'), STOP],
  },
  {
    title: 'words in the response alone',
    body: sse(created, completed([message('Hello')])),
    events: [text('Hello'), STOP],
  },
  {
    title: 'the end of the words in the response alone',
    body: sse(created, say('Hel'), completed([thought([]), message('Hello')])),
    events: [text('Hello'), STOP],
  },
  {
    title: 'a response that numbers its items otherwise than its events did',
    body: sse(created, say('Hello', 0), completed([thought([]), message('Hello')])),
    events: [text('Hello'), STOP],
  },
  {
    title: 'items whose ids differ from event to event',
    body: sse(
      created,
      { ...say('Hel'), item_id: 'a' },
      { ...say('lo'), item_id: 'b' },
      { type: 'response.output_text.done', item_id: 'c', output_index: 0, content_index: 0, text: 'Hello' },
      itemDone(0, message('Hello', { id: 'd' })),
      completed([message('Hello', { id: 'e' })]),
    ),
    events: [text('Hello'), STOP],
  },
  {
    title: 'events without indexes',
    body: sse(
      created,
      { type: 'response.output_item.added', item: message('') },
      { type: 'response.output_text.delta', item_id: 'msg', delta: 'One. ' },
      { type: 'response.output_text.done', item_id: 'msg', text: 'One. ' },
      { type: 'response.output_item.done', item: message('One. ') },
      { type: 'response.output_item.added', item: message('') },
      { type: 'response.output_text.delta', item_id: 'msg', delta: 'Two.' },
      { type: 'response.output_item.done', item: message('Two.') },
      completed([message('One. '), message('Two.')]),
    ),
    events: [text('One. Two.'), STOP],
  },
  {
    title: 'two messages, and what the first of them was',
    body: sse(
      created,
      say('I look. ', 0),
      itemDone(0, message('I look. ', { phase: 'commentary' })),
      say('There.', 1),
      itemDone(1, message('There.', { phase: 'final_answer' })),
      completed(),
    ),
    events: [
      text('I look. '),
      { type: 'part-metadata', providerMetadata: { 'openai-responses': { phase: 'commentary' } } },
      text('There.'),
      { type: 'part-metadata', providerMetadata: { 'openai-responses': { phase: 'final_answer' } } },
      STOP,
    ],
  },
  {
    title: 'a refusal in deltas',
    body: sse(
      created,
      { type: 'response.refusal.delta', output_index: 0, content_index: 0, delta: 'I will ' },
      { type: 'response.refusal.delta', output_index: 0, content_index: 0, delta: 'not.' },
      { type: 'response.refusal.done', output_index: 0, content_index: 0, refusal: 'I will not.' },
      completed([message('', { content: [{ type: 'refusal', refusal: 'I will not.' }] })]),
    ),
    events: [refusal('I will not.'), STOP],
  },
  {
    title: 'a refusal in the response alone',
    body: sse(created, completed([message('', { content: [{ type: 'refusal', refusal: 'No.' }] })])),
    events: [refusal('No.'), STOP],
  },
  {
    title: 'sources, each once',
    body: sse(
      created,
      say('See there.'),
      annotation('https://a.example/1', 'One'),
      annotation('https://a.example/1', 'One'),
      itemDone(0, cited('See there.')),
      completed([cited('See there.')]),
    ),
    events: [
      text('See there.'),
      { type: 'source', url: 'https://a.example/1', title: 'One' },
      { type: 'source', url: 'https://a.example/2', title: 'Two' },
      STOP,
    ],
  },
  {
    title: 'items and events of other kinds',
    body: sse(
      created,
      { type: 'response.web_search_call.searching', output_index: 0, item_id: 'ws' },
      itemDone(0, { id: 'ws', type: 'web_search_call', status: 'completed', action: { type: 'search', query: 'x' } }),
      itemDone(1, { id: 'ig', type: 'image_generation_call', result: 'aGk=' }),
      { type: 'response.mcp_call_arguments.delta', output_index: 2, delta: '{"no":' },
      itemDone(2, { id: 'mcp', type: 'mcp_call', name: 'other', arguments: '{}', output: 'x' }),
      { type: 'response.tomorrows_news.delta', delta: 'no', message: 'no error' },
      { type: 'keepalive' },
      say('Hi', 3),
      completed([{ type: 'web_search_call' }, { type: 'image_generation_call' }, { type: 'mcp_call' }, message('Hi')]),
    ),
    events: [text('Hi'), STOP],
  },
  {
    title: 'a whole document where no stream came',
    body: JSON.stringify({
      ...completed([thought(['Hm.'], { encrypted_content: 'sealed' }), message('Hello'), call('c1', '{"a":1}')])
        .response,
      usage: { ...USAGE, output_tokens_details: { reasoning_tokens: 2 } },
    }),
    events: [
      reasoning('Hm.'),
      sealed('sealed'),
      text('Hello'),
      toolCall('c1', '{"a":1}'),
      { type: 'usage', usage: { inputTokens: 9, cachedInputTokens: 4, outputTokens: 5, reasoningTokens: 2 } },
      { type: 'finish', reason: 'tool-calls', rawReason: 'completed' },
    ],
  },
]

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

function sse(...values: object[]): string {
  return values.map((value) => `data: ${JSON.stringify(value)}\n\n`).join('')
}

function ended(status: string, more: object = {}): object {
  return { type: `response.${status}`, response: { id: 'resp_a', object: 'response', status, output: [], ...more } }
}

function sealed(encryptedContent: string): object {
  return { type: 'reasoning-end', providerMetadata: { 'openai-responses': { id: 'rs', encryptedContent } } }
}

function toolCall(toolCallId: string, args: string): object {
  return { type: 'tool-call', toolCallId, name: 'look', arguments: args }
}

function annotation(url: string, title: string): object {
  return {
    type: 'response.output_text.annotation.added',
    output_index: 0,
    annotation: { type: 'url_citation', url, title },
  }
}

function cited(words: string): object {
  const annotations = [
    { type: 'url_citation', url: 'https://a.example/2', title: 'Two' },
    { type: 'file_citation', file_id: 'file-1' },
  ]
  return message(words, { content: [{ type: 'output_text', text: words, annotations }] })
}
