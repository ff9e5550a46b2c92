import { expect } from 'vitest'

/** The id of the generation that the cases are decoded for, and its key: as `decodeBody` has them. */
const GENERATION = '0199a000-0000-7000-8000-000000000000'
const KEY = 'sk-our-own-secret-key'

/** A body and what it means. */
export interface DecoderCase {
  title: string
  body: string
  events: object[]
}

export const STOP = { type: 'finish', reason: 'stop', rawReason: 'stop' }
const COUNTS = { prompt_eval_count: 3, eval_count: 4 }
const USED = { type: 'usage', usage: { inputTokens: 3, outputTokens: 4 } }

export const FRAMING: DecoderCase[] = [
  { title: 'a line feed after each object', body: whole('\n'), events: said() },
  { title: 'CRLF', body: whole('\r\n'), events: said() },
  { title: 'blank lines', body: whole('\n\n \n'), events: said() },
  { title: 'no line feed after the last object', body: whole('\n').trimEnd(), events: said() },
  { title: 'a byte order mark', body: `\uFEFF${whole('\n')}`, events: said() },
  { title: 'nothing of what comes after the end', body: whole('\n') + lines(say('more')), events: said() },
]

export const CONTENT: DecoderCase[] = [
  {
    title: 'thoughts apart from the answer, also in one object',
    body: lines(message({ content: '', thinking: 'Hm' }), message({ content: 'Hi', thinking: '.' }), done()),
    events: [{ type: 'reasoning-delta', text: 'Hm.' }, text('Hi'), STOP],
  },
  {
    title: 'text in the last object, and its counts',
    body: lines(say('Hel'), { ...done('length'), message: { content: 'lo' }, ...COUNTS }),
    events: [text('Hello'), USED, { type: 'finish', reason: 'length', rawReason: 'length' }],
  },
  {
    title: 'only the counts that there are',
    body: lines(say('Hi'), { ...done(), eval_count: 4 }),
    events: [text('Hi'), { type: 'usage', usage: { outputTokens: 4 } }, STOP],
  },
  {
    title: 'calls whole and at the end, each with an id',
    body: lines(
      message({ content: '', tool_calls: [{ function: { name: 'add', arguments: { a: 1, b: [2] } } }] }),
      message({ content: '', tool_calls: [{ id: 'x1', function: { index: 1, name: 'now' } }, { function: {} }, null] }),
      { ...done(), ...COUNTS },
    ),
    events: [
      { type: 'tool-call', toolCallId: `call_${GENERATION}_0`, name: 'add', arguments: '{"a":1,"b":[2]}' },
      { type: 'tool-call', toolCallId: 'x1', name: 'now', arguments: '{}' },
      USED,
      { type: 'finish', reason: 'tool-calls', rawReason: 'stop' },
    ],
  },
  {
    title: 'an end without a reason',
    body: lines(say('Hi'), { done: true }),
    events: [text('Hi'), { type: 'finish', reason: 'other' }],
  },
  {
    title: 'a model that was only loaded',
    body: lines(done('load')),
    events: [{ type: 'finish', reason: 'other', rawReason: 'load' }],
  },
  {
    title: 'a reason named like a property of every object',
    body: lines(say('Hi'), done('constructor')),
    events: [text('Hi'), { type: 'finish', reason: 'other', rawReason: 'constructor' }],
  },
  {
    title: 'objects of another shape',
    body: lines({ status: 'pulling manifest' }, { message: null }, say('Hi'), done()),
    events: [text('Hi'), STOP],
  },
]

export const ERRORS: DecoderCase[] = [
  {
    title: 'the end of the body before that of the answer',
    body: lines(say('Half')),
    events: [text('Half'), error('incomplete', 'ended before')],
  },
  { title: 'an empty body', body: '', events: [error('incomplete', '')] },
  {
    title: 'an object torn in the middle',
    body: lines(say('Half'), say('lost')).slice(0, -12),
    events: [text('Half'), error('incomplete', '')],
  },
  {
    title: 'a call without the end of its answer is not made',
    body: lines(message({ content: 'Half', tool_calls: [{ function: { name: 'add' } }] })),
    events: [text('Half'), error('incomplete', '')],
  },
  {
    title: 'a line with an error',
    body: lines(say('Half'), { error: 'an error was encountered while running the model' }, say('more')),
    events: [text('Half'), error('server', 'an error was encountered')],
  },
  {
    title: 'a prompt that is too long',
    body: lines({ error: 'the input length exceeds the context length' }),
    events: [error('context-length', '')],
  },
  { title: 'a web page', body: '<html><title>Sign in</title>', events: [error('bad-response', 'Sign in')] },
  {
    title: 'a line that is no JSON',
    body: `${lines(say('Half'))}{"message":\n`,
    events: [text('Half'), error('bad-response', 'not valid JSON')],
  },
  {
    title: 'our key, masked',
    body: lines({ error: `unauthorized: ${KEY}` }),
    events: [error('auth', 'unauthorized: [redacted]')],
  },
]

export function lines(...objects: object[]): string {
  return objects.map((object) => `${JSON.stringify(object)}\n`).join('')
}

export function say(content: string): object {
  return message({ content })
}

export function done(reason = 'stop'): object {
  return { model: 'm', message: { role: 'assistant', content: '' }, done: true, done_reason: reason }
}

function message(fields: object): object {
  return { model: 'm', message: { role: 'assistant', ...fields }, done: false }
}

function whole(lineEnd: string): string {
  return lines(say('Grüße, 世'), say('界 👩‍🚀'), done()).replaceAll('\n', lineEnd)
}

function said(): object[] {
  return [text('Grüße, 世界 👩‍🚀'), STOP]
}

function text(words: string): object {
  return { type: 'text-delta', text: words }
}

function error(kind: string, words: string): object {
  return { type: 'error', error: expect.objectContaining({ kind, message: expect.stringContaining(words) }) }
}
