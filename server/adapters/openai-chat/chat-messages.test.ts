import { describe, expect, test } from 'vitest'
import type { MessagePart } from '#protocol/messages.ts'
import type { BranchMessage } from '#server/domain/generation.ts'
import type { ProviderRequest } from '#server/ports/provider.ts'
import { toChatMessages } from './chat-messages.ts'
import { rulesFor } from './chat-rules.ts'
import { chatVendor } from './vendors.ts'

type Role = BranchMessage['role']

function convert(messages: BranchMessage[], vendor = 'openai', more: Partial<ProviderRequest> = {}) {
  const request = { model: 'm', systemPrompt: undefined, messages, parameters: {}, generationId: 'g', ...more }
  return toChatMessages(request, rulesFor(chatVendor(vendor), request.model))
}

function say(role: Role, ...texts: string[]): BranchMessage {
  return { role, parts: texts.map((text) => ({ type: 'text', text })) }
}

function call(toolCallId: string, more: Partial<Extract<MessagePart, { type: 'tool-call' }>> = {}): MessagePart {
  return { type: 'tool-call', toolCallId, name: 'f', arguments: '{"a":1}', ...more }
}

function result(toolCallId: string, content = `result of ${toolCallId}`): MessagePart {
  return { type: 'tool-result', toolCallId, content }
}

function sentCall(id: string) {
  return { id, type: 'function', function: { name: 'f', arguments: '{"a":1}' } }
}

function sentResult(id: string, content = `result of ${id}`) {
  return { role: 'tool', tool_call_id: id, content }
}

describe('text', () => {
  test('a branch becomes the system prompt and the messages in order', () => {
    const branch = [say('user', 'One'), say('assistant', 'Two', ' more'), say('user', 'Three')]
    expect(convert(branch, 'openai', { systemPrompt: 'Be kind.' })).toEqual([
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'One' },
      { role: 'assistant', content: 'Two more' },
      { role: 'user', content: 'Three' },
    ])
  })

  test('an answer that wrote nothing is left out, so that roles alternate', () => {
    const branch = [say('user', 'One'), say('assistant'), say('user', 'Two')]
    expect(convert(branch)).toEqual([{ role: 'user', content: 'One\n\nTwo' }])
  })

  test('of an earlier answer its words and its refusal are sent, not its thoughts and sources', () => {
    const parts: MessagePart[] = [
      { type: 'reasoning', text: 'secret' },
      { type: 'text', text: 'Said.' },
      { type: 'source', url: 'https://a.example' },
      { type: 'refusal', text: 'Not that.' },
    ]
    for (const vendor of ['openai', 'openrouter', 'deepseek', 'mistral'])
      expect(convert([{ role: 'assistant', parts }], vendor)).toEqual([
        { role: 'assistant', content: 'Said.Not that.' },
      ])
  })
})

describe('attachments', () => {
  const image: MessagePart = { type: 'image', fileId: 'i', mediaType: 'image/png' }
  const pdf: MessagePart = { type: 'file', fileId: 'p', mediaType: 'application/pdf', name: 'a.pdf' }
  const notes: MessagePart = { type: 'file', fileId: 't', mediaType: 'text/plain', name: 'notes.txt' }
  const bytes = Uint8Array.of(1, 2, 3)
  const files = new Map([
    ['i', { mediaType: 'image/png', bytes }],
    ['p', { mediaType: 'application/pdf', bytes }],
    ['t', { mediaType: 'text/plain', bytes }],
  ])
  const ask = (part: MessagePart, vendor = 'openai', more: Partial<ProviderRequest> = {}) =>
    convert([{ role: 'user', parts: [{ type: 'text', text: 'Look' }, part] }], vendor, { files, ...more })

  test('an image is sent as a data URL beside the words', () => {
    expect(ask(image)).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AQID' } },
        ],
      },
    ])
  })

  test('messages with and without an image are joined', () => {
    const [message] = convert([say('user', 'One'), { role: 'user', parts: [image] }], 'openai', { files })
    expect(message?.content).toMatchObject([{ type: 'text', text: 'One' }, { type: 'image_url' }])
  })

  test.each([
    ['openai', { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AQID' } }],
    ['mistral', { type: 'document_url', document_url: 'data:application/pdf;base64,AQID', document_name: 'a.pdf' }],
    ['perplexity', { type: 'file_url', file_url: { url: 'AQID' }, file_name: 'a.pdf' }],
  ])('a PDF is sent to %s', (vendor, part) => {
    expect(ask(pdf, vendor)[0]?.content).toContainEqual(part)
  })

  test.each<[string, () => unknown, string]>([
    [
      'a PDF where none is taken',
      () => ask(pdf, 'groq'),
      'cannot be sent files: the conversation contains the file "a.pdf"',
    ],
    ['another file', () => ask(notes), 'files of this type: the conversation contains the file "notes.txt"'],
    ['an image where none are taken', () => ask(image, 'deepseek'), 'cannot be sent images'],
    [
      'an image to a model that the catalogue says cannot see',
      () => ask(image, 'groq', { known: { contextLength: null, capabilities: { images: false } } }),
      'The model m cannot be sent images',
    ],
    ['an image that is gone', () => ask(image, 'openai', { files: new Map() }), 'An image that the conversation'],
  ])('%s is refused in words', (_what, convertIt, words) => {
    expect(convertIt).toThrow(words)
  })
})

describe('tool calls', () => {
  test('in an answer, with the results in the next message', () => {
    const branch: BranchMessage[] = [
      say('user', 'Go'),
      { role: 'assistant', parts: [{ type: 'text', text: 'Let me see.' }, call('a'), call('b')] },
      { role: 'tool', parts: [result('b'), result('a')] },
    ]
    expect(convert(branch)).toEqual([
      { role: 'user', content: 'Go' },
      { role: 'assistant', content: 'Let me see.', tool_calls: [sentCall('a'), sentCall('b')] },
      sentResult('a'),
      sentResult('b'),
    ])
  })

  test('with the results beside a question, go before the question', () => {
    const branch: BranchMessage[] = [
      { role: 'assistant', parts: [call('a')] },
      { role: 'user', parts: [result('a'), { type: 'text', text: 'And?' }] },
    ]
    expect(convert(branch)).toEqual([
      { role: 'assistant', content: null, tool_calls: [sentCall('a')] },
      sentResult('a'),
      { role: 'user', content: 'And?' },
    ])
  })

  test('and results in one answer are as many messages as the model wrote', () => {
    const parts = [call('a'), result('a'), call('b'), result('b'), { type: 'text' as const, text: 'Done.' }]
    expect(convert([{ role: 'assistant', parts }])).toEqual([
      { role: 'assistant', content: null, tool_calls: [sentCall('a')] },
      sentResult('a'),
      { role: 'assistant', content: null, tool_calls: [sentCall('b')] },
      sentResult('b'),
      { role: 'assistant', content: 'Done.' },
    ])
  })

  test('without results, and results without calls, are left out', () => {
    const branch: BranchMessage[] = [
      { role: 'assistant', parts: [{ type: 'text', text: 'Hm.' }, call('a')] },
      { role: 'user', parts: [result('z'), { type: 'text', text: 'Never mind.' }] },
    ]
    expect(convert(branch)).toEqual([
      { role: 'assistant', content: 'Hm.' },
      { role: 'user', content: 'Never mind.' },
    ])
  })

  test('of one id in two answers have each their own result', () => {
    const branch: BranchMessage[] = [
      { role: 'assistant', parts: [call('call_0')] },
      { role: 'tool', parts: [result('call_0', 'first')] },
      { role: 'assistant', parts: [call('call_0')] },
      { role: 'tool', parts: [result('call_0', 'second')] },
    ]
    expect(convert(branch).filter(({ role }) => role === 'tool')).toEqual([
      sentResult('call_0', 'first'),
      sentResult('call_0', 'second'),
    ])
  })

  test('get ids that the vendor takes, the same for call and result', () => {
    const branch: BranchMessage[] = [
      { role: 'assistant', parts: [call('toolu_01:x'), result('toolu_01:x'), call('abcDEF123'), result('abcDEF123')] },
    ]
    const ids = convert(branch, 'mistral').flatMap(
      ({ tool_calls, tool_call_id }) => tool_call_id ?? tool_calls?.[0]?.id,
    )
    expect(ids[0]).toMatch(/^[a-z0-9]{9}$/)
    expect(ids).toEqual([ids[0], ids[0], 'abcDEF123', 'abcDEF123'])
  })

  test('with arguments that are no object get an empty one, which every server can read', () => {
    const parts = [call('a', { arguments: '{"a":' }), result('a')]
    expect(convert([{ role: 'assistant', parts }])[0]?.tool_calls).toMatchObject([{ function: { arguments: '{}' } }])
  })

  test('get back what their vendor gave with them', () => {
    const extraContent = { google: { thought_signature: 'S' } }
    const parts = [call('a', { providerMetadata: { extraContent } }), result('a')]
    expect(convert([{ role: 'assistant', parts }])[0]?.tool_calls).toMatchObject([{ extra_content: extraContent }])
  })
})

describe('reasoning', () => {
  const reasoningDetails = [
    { type: 'reasoning.text', signature: 'S', index: 0 },
    { type: 'reasoning.encrypted', data: 'D' },
  ]
  const thought: MessagePart = { type: 'reasoning', text: 'Hm', providerMetadata: { reasoningDetails } }
  const turn = (id: string): BranchMessage[] => [
    say('user', 'Go'),
    { role: 'assistant', parts: [thought, call(id), result(id), { type: 'text', text: 'Done.' }] },
  ]

  test('goes back to OpenRouter in the turn that called a tool, as it came', () => {
    const details = [
      { type: 'reasoning.text', signature: 'S', index: 0, text: 'Hm' },
      { type: 'reasoning.encrypted', data: 'D' },
    ]
    const sent = convert([...turn('a'), ...turn('b')], 'openrouter')
    expect(sent.map((message) => 'reasoning_details' in message)).toEqual([
      ...[false, false, false, false],
      ...[false, true, false, false],
    ])
    expect(sent[5]).toMatchObject({ reasoning_details: details })
  })

  test('goes back to DeepSeek in every turn that called a tool, in every message of it', () => {
    const sent = convert(
      [...turn('a'), say('user', 'Hi'), { role: 'assistant', parts: [thought, { type: 'text', text: 'Hi' }] }],
      'deepseek',
    )
    expect(sent.map((message) => ('reasoning_content' in message ? message.reasoning_content : null))).toEqual([
      ...[null, 'Hm', null, ''],
      ...[null, null],
    ])
  })

  test.each([
    ['vllm', { reasoning: 'Hm', content: null }],
    ['mistral', { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] }] }],
    ['zai', { reasoning_content: 'Hm', content: null }],
  ])('goes back to %s in its way', (vendor, expected) => {
    expect(convert(turn('a'), vendor)[1]).toMatchObject(expected)
  })

  test('goes to nobody else', () => {
    const sent = JSON.stringify(convert(turn('a'), 'openai'))
    expect(sent).not.toContain('Hm')
    expect(sent).not.toContain('reasoning')
  })
})
