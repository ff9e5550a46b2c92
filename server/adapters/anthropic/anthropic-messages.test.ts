import { describe, expect, test } from 'vitest'
import type { MessagePart } from '#protocol/messages.ts'
import type { BranchMessage } from '#server/domain/generation.ts'
import type { FileContent, ProviderRequest } from '#server/ports/provider.ts'
import { toMessages, toSystem } from './anthropic-messages.ts'

const FILES = new Map<string, FileContent>([
  ['png', { mediaType: 'image/png', bytes: Uint8Array.of(1, 2, 3) }],
  ['svg', { mediaType: 'image/svg+xml', bytes: Uint8Array.of(1) }],
  ['pdf', { mediaType: 'application/pdf', bytes: Uint8Array.of(4, 5, 6) }],
  ['txt', { mediaType: 'text/markdown', bytes: new TextEncoder().encode('# Caf\u00E9') }],
  ['zip', { mediaType: 'application/zip', bytes: Uint8Array.of(7) }],
  ['void', { mediaType: 'text/plain', bytes: new Uint8Array() }],
])

describe('roles', () => {
  test('alternate: neighbours of one role are blocks of one message', () => {
    const branch = [user('One'), user('Two'), assistant('Three', ' and four'), user('Five')]
    expect(convert(branch)).toEqual([
      { role: 'user', content: [text('One'), text('Two')] },
      { role: 'assistant', content: [text('Three'), text(' and four')] },
      { role: 'user', content: [text('Five')] },
    ])
  })

  test('of an answer without a word are none, and blank text is never sent', () => {
    const branch = [user('One'), assistant(), user('Two', '', ' \n'), assistant('  ')]
    expect(convert(branch)).toEqual([{ role: 'user', content: [text('One'), text('Two')] }])
  })

  test('of the system go to the system prompt, wherever they stand', () => {
    const branch = [user('One'), { role: 'system' as const, parts: [part('Rhyme.')] }, user('Two')]
    const request = requestOf(branch)
    expect(toSystem({ ...request, systemPrompt: 'Be kind.' })).toBe('Be kind.\n\nRhyme.')
    expect(toSystem({ ...request, systemPrompt: ' ' })).toBe('Rhyme.')
    expect(toMessages(request)).toEqual([{ role: 'user', content: [text('One'), text('Two')] }])
  })

  test('an answer to go on with does not end in blanks', () => {
    expect(convert([user('One'), assistant('Two \n')]).at(-1)).toEqual({ role: 'assistant', content: [text('Two')] })
  })
})

test('of an earlier answer its words and its refusal are sent, not its sources and data', () => {
  const parts: MessagePart[] = [
    part('Said.'),
    { type: 'source', url: 'https://a.example' },
    { type: 'data', name: 'd', data: 1 },
    { type: 'refusal', text: 'Not that.' },
  ]
  expect(convert([user('One'), { role: 'assistant', parts }])[1]?.content).toEqual([text('Said.'), text('Not that.')])
})

describe('thoughts', () => {
  test('go back as they came, hidden ones too', () => {
    const parts: MessagePart[] = [
      { type: 'reasoning', text: 'Hm', providerMetadata: { anthropic: { signature: 'S' } } },
      { type: 'reasoning', text: '', providerMetadata: { anthropic: { signature: 'T' } } },
      { type: 'reasoning', text: '', providerMetadata: { anthropic: { redactedData: 'R' } } },
      part('Said.'),
    ]
    expect(convert([user('One'), { role: 'assistant', parts }])[1]?.content).toEqual([
      { type: 'thinking', thinking: 'Hm', signature: 'S' },
      { type: 'thinking', thinking: '', signature: 'T' },
      { type: 'redacted_thinking', data: 'R' },
      text('Said.'),
    ])
  })

  test('stay here without a signature of this vendor', () => {
    const parts: MessagePart[] = [
      { type: 'reasoning', text: 'Hm' },
      { type: 'reasoning', text: 'Hm', providerMetadata: { gemini: { signature: 'G' } } },
      part('Said.'),
    ]
    expect(convert([user('One'), { role: 'assistant', parts }])[1]?.content).toEqual([text('Said.')])
  })

  test('that nothing followed stay here, or the API refuses the answer', () => {
    const thought: MessagePart = { type: 'reasoning', text: 'Hm', providerMetadata: { anthropic: { signature: 'S' } } }
    const branch: BranchMessage[] = [user('One'), { role: 'assistant', parts: [thought] }, user('Two')]
    expect(convert(branch)).toEqual([{ role: 'user', content: [text('One'), text('Two')] }])
  })
})

describe('tool calls', () => {
  const call = (id: string, args = '{"a":1}'): MessagePart => ({
    type: 'tool-call',
    toolCallId: id,
    name: 'look',
    arguments: args,
  })
  const result = (id: string, content: string, isError?: boolean): BranchMessage => ({
    role: 'tool',
    parts: [{ type: 'tool-result', toolCallId: id, content, ...(isError === undefined ? {} : { isError }) }],
  })
  const use = (id: string, input: object = { a: 1 }) => ({ type: 'tool_use', id, name: 'look', input })

  test('come with their results in one message after them, results first', () => {
    const calls: BranchMessage = { role: 'assistant', parts: [part('So:'), call('t1'), call('t2')] }
    const branch = [user('Go'), calls, user('And?'), result('t2', 'two'), result('t1', 'broke', true)]
    expect(convert(branch)).toEqual([
      { role: 'user', content: [text('Go')] },
      { role: 'assistant', content: [text('So:'), use('t1'), use('t2')] },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 't1', content: 'broke', is_error: true },
          { type: 'tool_result', tool_use_id: 't2', content: 'two' },
          text('And?'),
        ],
      },
    ])
  })

  test.each([
    ['a question follows', [user('Never mind')], [text('Never mind')]],
    ['nothing follows', [], []],
  ])('that nobody answered are answered with an error where %s', (_name, after, rest) => {
    const branch: BranchMessage[] = [user('Go'), { role: 'assistant', parts: [call('t1')] }, ...after]
    const missing = { type: 'tool_result', tool_use_id: 't1', content: 'The call was not answered.', is_error: true }
    expect(convert(branch).at(-1)).toEqual({ role: 'user', content: [missing, ...rest] })
  })

  test('that are not there leave their results as text, and an empty result has no content', () => {
    const branch = [result('t0', 'lost'), { role: 'assistant' as const, parts: [call('t1')] }, result('t1', '')]
    expect(convert(branch)).toEqual([
      { role: 'user', content: [text('Result of a tool call:\nlost')] },
      { role: 'assistant', content: [use('t1')] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1' }] },
    ])
  })

  test('of other vendors get ids that this one takes', () => {
    const branch = [user('Go'), { role: 'assistant' as const, parts: [call('call:1.x')] }, result('call:1.x', 'r')]
    expect(convert(branch)[1]?.content).toEqual([use('call_1_x')])
    expect(convert(branch)[2]?.content).toEqual([{ type: 'tool_result', tool_use_id: 'call_1_x', content: 'r' }])
  })

  test.each([
    ['', {}],
    ['{"b":[1]}', { b: [1] }],
    ['{"b":', { INVALID_JSON: '{"b":' }],
    ['[1]', { INVALID_JSON: '[1]' }],
  ])('with the arguments %j have the input %j', (args, input) => {
    expect(convert([user('Go'), { role: 'assistant', parts: [call('t1', args)] }])[1]?.content).toEqual([
      use('t1', input),
    ])
  })
})

describe('attachments', () => {
  test('are sent with the question', () => {
    const parts: MessagePart[] = [
      { type: 'image', fileId: 'png', mediaType: 'image/png' },
      { type: 'file', fileId: 'pdf', mediaType: 'application/pdf', name: 'paper.pdf' },
      { type: 'file', fileId: 'txt', mediaType: 'text/markdown', name: 'notes.md' },
      part('Which?'),
    ]
    expect(convert([{ role: 'user', parts }])[0]?.content).toEqual([
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AQID' } },
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'BAUG' }, title: 'paper.pdf' },
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: '# Caf\u00E9' }, title: 'notes.md' },
      text('Which?'),
    ])
  })

  test('of an answer are shown by the one who asks, for answers hold none', () => {
    const parts: MessagePart[] = [part('Here.'), { type: 'image', fileId: 'png', mediaType: 'image/png' }]
    const messages = convert([user('Draw'), { role: 'assistant', parts }, user('Bigger')])
    expect(messages.map(({ role, content }) => [role, content.map(({ type }) => type)])).toEqual([
      ['user', ['text']],
      ['assistant', ['text']],
      ['user', ['image', 'text']],
    ])
  })

  test.each<[string, MessagePart, string]>([
    ['gone', { type: 'image', fileId: 'lost', mediaType: 'image/png' }, 'no longer there'],
    ['of another kind', { type: 'image', fileId: 'svg', mediaType: 'image/svg+xml' }, 'JPEG, PNG, GIF or WebP'],
    ['a file that is gone', { type: 'file', fileId: 'lost', mediaType: 'text/plain', name: 'a.txt' }, '"a.txt"'],
    ['a file of another kind', { type: 'file', fileId: 'zip', mediaType: 'application/zip', name: 'a.zip' }, '"a.zip"'],
    ['an empty file', { type: 'file', fileId: 'void', mediaType: 'text/plain', name: 'a.txt' }, 'empty'],
  ])('%s are refused in words', (_name, attachment, words) => {
    expect(() => convert([{ role: 'user', parts: [attachment, part('Which?')] }])).toThrow(words)
  })

  test('are refused where the model takes no images', () => {
    const parts: MessagePart[] = [{ type: 'image', fileId: 'png', mediaType: 'image/png' }]
    const request = { ...requestOf([{ role: 'user', parts }]), known: known({ images: false }) }
    expect(() => toMessages(request)).toThrow('no images')
  })
})

function convert(messages: BranchMessage[]) {
  return toMessages(requestOf(messages))
}

function requestOf(messages: BranchMessage[]): ProviderRequest {
  return { model: 'm', systemPrompt: undefined, messages, parameters: {}, generationId: 'g', files: FILES }
}

function known(capabilities: object) {
  return { contextLength: null, capabilities }
}

function user(...texts: string[]): BranchMessage {
  return { role: 'user', parts: texts.map(part) }
}

function assistant(...texts: string[]): BranchMessage {
  return { role: 'assistant', parts: texts.map(part) }
}

function part(words: string): MessagePart {
  return text(words)
}

function text(words: string): { type: 'text'; text: string } {
  return { type: 'text', text: words }
}
