import { expect, test } from 'vitest'
import type { MessagePart } from '#protocol/messages.ts'
import type { BranchMessage, GenerationParameters } from '#server/domain/generation.ts'
import type { ProviderRequest } from '#server/ports/provider.ts'
import { toGeminiRequest } from './gemini-request.ts'

const TOOL = { name: 'add', description: 'Adds.', parameters: { type: 'object' } }

function convert(
  messages: BranchMessage[],
  parameters: GenerationParameters = {},
  more: Partial<ProviderRequest> = {},
) {
  return toGeminiRequest({
    model: 'gemini-3-pro',
    systemPrompt: undefined,
    messages,
    parameters,
    generationId: 'g',
    ...more,
  })
}

function contentsOf(messages: BranchMessage[], more: Partial<ProviderRequest> = {}) {
  return convert(messages, {}, more).body.contents
}

function message(role: BranchMessage['role'], ...parts: (string | MessagePart)[]): BranchMessage {
  return { role, parts: parts.map((part) => (typeof part === 'string' ? { type: 'text', text: part } : part)) }
}

const call = (toolCallId: string, signature?: string): MessagePart => ({
  type: 'tool-call',
  toolCallId,
  name: `name-of-${toolCallId}`,
  arguments: '{"a":1}',
  ...(signature === undefined ? {} : { providerMetadata: { gemini: { thoughtSignature: signature } } }),
})
const result = (toolCallId: string, content: string, isError = false): MessagePart => ({
  type: 'tool-result',
  toolCallId,
  content,
  isError,
})

test('system words are instructions, and the turns alternate between user and model', () => {
  const branch = [
    message('system', 'Always.'),
    message('user', 'One'),
    message('assistant'),
    message('user', 'Two', ''),
    message('assistant', 'Three', { type: 'refusal', text: 'No.' }, { type: 'source', url: 'https://a.example' }),
  ]
  expect(convert(branch, {}, { systemPrompt: 'Be kind.' }).body).toEqual({
    systemInstruction: { parts: [{ text: 'Be kind.\n\nAlways.' }] },
    contents: [
      { role: 'user', parts: [{ text: 'One' }, { text: 'Two' }] },
      { role: 'model', parts: [{ text: 'Three' }, { text: 'No.' }] },
    ],
    generationConfig: { thinkingConfig: { includeThoughts: true } },
  })
})

test('Gemma is told its instructions by the user', () => {
  const { body } = convert([message('user', 'One')], {}, { model: 'gemma-3-27b-it', systemPrompt: 'Be kind.' })
  expect(body).toEqual({ contents: [{ role: 'user', parts: [{ text: 'Be kind.' }, { text: 'One' }] }] })
})

test('images and documents go in with their bytes', () => {
  const files = new Map([
    ['i', { mediaType: 'image/png', bytes: Uint8Array.of(1, 2, 3) }],
    ['p', { mediaType: 'application/pdf', bytes: Uint8Array.of(4) }],
  ])
  const attached = message(
    'user',
    'What?',
    { type: 'image', fileId: 'i', mediaType: 'image/png' },
    { type: 'file', fileId: 'p', mediaType: 'application/pdf', name: 'a.pdf' },
  )
  expect(contentsOf([attached], { files })).toEqual([
    {
      role: 'user',
      parts: [
        { text: 'What?' },
        { inlineData: { mimeType: 'image/png', data: 'AQID' } },
        { inlineData: { mimeType: 'application/pdf', data: 'BA==' } },
      ],
    },
  ])
})

test('a file that cannot be sent is refused by name', () => {
  const zip: MessagePart = { type: 'file', fileId: 'z', mediaType: 'application/zip', name: 'a.zip' }
  const files = new Map([['z', { mediaType: 'application/zip', bytes: Uint8Array.of(1) }]])
  expect(() => contentsOf([message('user', zip)], { files })).toThrow('"a.zip" cannot be sent')
  expect(() => contentsOf([message('user', zip)])).toThrow('"a.zip" of this conversation is no longer there')
})

test('results stand in a turn of their own, as objects under the name of their call', () => {
  const branch = [
    message('user', 'Go'),
    message('assistant', call('a', 'SIG'), call('b'), call('c')),
    message('tool', result('a', '{"sum":3}')),
    message('tool', result('b', 'broken', true), result('c', '[1]')),
    message('user', 'And now?'),
  ]
  expect(contentsOf(branch)).toEqual([
    { role: 'user', parts: [{ text: 'Go' }] },
    {
      role: 'model',
      parts: [
        { functionCall: { id: 'a', name: 'name-of-a', args: { a: 1 } }, thoughtSignature: 'SIG' },
        { functionCall: { id: 'b', name: 'name-of-b', args: { a: 1 } } },
        { functionCall: { id: 'c', name: 'name-of-c', args: { a: 1 } } },
      ],
    },
    {
      role: 'user',
      parts: [
        { functionResponse: { id: 'a', name: 'name-of-a', response: { sum: 3 } } },
        { functionResponse: { id: 'b', name: 'name-of-b', response: { error: 'broken' } } },
        { functionResponse: { id: 'c', name: 'name-of-c', response: { output: '[1]' } } },
      ],
    },
    { role: 'user', parts: [{ text: 'And now?' }] },
  ])
})

test('a call that has no signature gets the documented stand-in, once a turn and for Gemini 3 alone', () => {
  const branch = [message('assistant', call('a'), call('b')), message('tool', result('a', ''), result('b', ''))]
  const signatures = (model: string) =>
    (contentsOf(branch, { model }) as { parts: { thoughtSignature?: string }[] }[])[0]?.parts.map(
      (part) => part.thoughtSignature,
    )
  expect(signatures('gemini-3-pro')).toEqual(['skip_thought_signature_validator', undefined])
  expect(signatures('gemini-flash-latest')).toEqual(['skip_thought_signature_validator', undefined])
  expect(signatures('gemini-2.5-pro')).toEqual([undefined, undefined])
})

test('a call that was never answered is not sent', () => {
  expect(contentsOf([message('assistant', 'Hm.', call('a', 'SIG')), message('user', 'Well?')])).toEqual([
    { role: 'model', parts: [{ text: 'Hm.' }] },
    { role: 'user', parts: [{ text: 'Well?' }] },
  ])
})

test('thoughts go back only with a signature of Gemini', () => {
  const thought = (providerMetadata: Record<string, unknown>): MessagePart => ({
    type: 'reasoning',
    text: 'Hm',
    providerMetadata,
  })
  const branch = [
    message(
      'assistant',
      thought({ anthropic: { signature: 'X' } }),
      thought({ gemini: { thoughtSignature: 'Y' } }),
      'So.',
    ),
  ]
  expect(contentsOf(branch)).toEqual([
    { role: 'model', parts: [{ text: 'Hm', thought: true, thoughtSignature: 'Y' }, { text: 'So.' }] },
  ])
})

test('only parameters that were set are sent, under the names of the vendor', () => {
  const parameters = { temperature: 0, topP: 0.5, maxOutputTokens: 9, stop: ['.'], seed: 7 }
  expect(convert([], parameters, { model: 'some' })).toEqual({
    body: {
      contents: [],
      generationConfig: { temperature: 0, topP: 0.5, maxOutputTokens: 9, stopSequences: ['.'], seed: 7 },
    },
    leftOut: [],
  })
  expect(convert([], {}, { model: 'some' })).toEqual({ body: { contents: [] }, leftOut: [] })
})

test('what is more than the vendor takes is left out and said', () => {
  const { body, leftOut } = convert([], { stop: [...'abcdefg'], seed: 2 ** 40 }, { model: 'some' })
  expect(body.generationConfig).toEqual({ stopSequences: [...'abcde'] })
  expect(leftOut).toEqual(['stop', 'seed'])
})

test.each<[GenerationParameters['toolChoice'], object | undefined]>([
  [undefined, undefined],
  ['auto', undefined],
  ['required', { functionCallingConfig: { mode: 'ANY' } }],
  [{ name: 'add' }, { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['add'] } }],
])('tools are declared with the choice %j', (toolChoice, toolConfig) => {
  const { body } = convert([], { tools: [TOOL], ...(toolChoice ? { toolChoice } : {}) })
  expect(body.tools).toEqual([
    { functionDeclarations: [{ name: 'add', description: 'Adds.', parametersJsonSchema: { type: 'object' } }] },
  ])
  expect(body.toolConfig).toEqual(toolConfig)
})

test('tools that may not be called are not declared', () => {
  expect(convert([], { tools: [TOOL], toolChoice: 'none' }).body).not.toHaveProperty('tools')
})

test('the form of the answer is asked for where it does not shut out the tools', () => {
  const schema = { type: 'object' }
  const json = { type: 'json' } as const
  const config = (parameters: GenerationParameters, model = 'gemini-2.5-pro') => convert([], parameters, { model })
  expect(config({ responseFormat: { type: 'json-schema', name: 'x', schema } }).body.generationConfig).toMatchObject({
    responseMimeType: 'application/json',
    responseJsonSchema: schema,
  })
  expect(config({ responseFormat: json, tools: [TOOL] }).leftOut).toEqual(['responseFormat'])
  expect(config({ responseFormat: json, tools: [TOOL], toolChoice: 'none' }).leftOut).toEqual([])
  expect(config({ responseFormat: json, tools: [TOOL] }, 'gemini-3-pro').leftOut).toEqual([])
  expect(config({ responseFormat: json, tools: [TOOL], toolChoice: 'required' }, 'gemini-3-pro').leftOut).toEqual([
    'responseFormat',
  ])
  expect(config({ responseFormat: { type: 'text' } }).body.generationConfig).not.toHaveProperty('responseMimeType')
})
