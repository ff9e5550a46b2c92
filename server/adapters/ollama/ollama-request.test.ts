import { expect, test } from 'vitest'
import type { MessagePart } from '#protocol/messages.ts'
import type { BranchMessage, GenerationParameters } from '#server/domain/generation.ts'
import type { ProviderRequest } from '#server/ports/provider.ts'
import { toOllamaRequest } from './ollama-request.ts'

const TOOL = { name: 'add', description: 'Adds.', parameters: { type: 'object' } }
const FIXED = { model: 'm', stream: true, truncate: false, shift: false }

function convert(
  messages: BranchMessage[],
  parameters: GenerationParameters = {},
  more: Partial<ProviderRequest> = {},
) {
  return toOllamaRequest({ model: 'm', systemPrompt: undefined, messages, parameters, generationId: 'g', ...more })
}

function message(role: BranchMessage['role'], ...parts: (string | MessagePart)[]): BranchMessage {
  return { role, parts: parts.map((part) => (typeof part === 'string' ? { type: 'text', text: part } : part)) }
}

const able = (capabilities: NonNullable<ProviderRequest['known']>['capabilities'] = {}) => ({
  known: { contextLength: null, capabilities },
})

test('a branch becomes messages that alternate; thoughts, sources and empty answers stay behind', () => {
  const answer = message('assistant', { type: 'reasoning', text: 'Hm' }, 'Said.', { type: 'refusal', text: 'No.' })
  const branch = [message('user', 'One'), message('assistant'), message('user', 'Two'), answer]
  expect(convert(branch, {}, { systemPrompt: 'Be kind.' })).toEqual({
    body: {
      ...FIXED,
      messages: [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'One\n\nTwo' },
        { role: 'assistant', content: 'Said.No.' },
      ],
    },
    leftOut: [],
  })
})

test('what does not fit the context is an error and not forgotten, and its size is left to the server', () => {
  const { body } = convert([message('user', 'One')], {}, able())
  expect(body).toMatchObject({ truncate: false, shift: false })
  expect(body).not.toHaveProperty('options')
})

test('calls go back with the thoughts that led to them, results under the name of their call', () => {
  const branch = [
    message('user', 'Go'),
    message(
      'assistant',
      { type: 'reasoning', text: 'Hm' },
      { type: 'tool-call', toolCallId: 'a', name: 'add', arguments: '{"a":1}' },
      { type: 'tool-call', toolCallId: 'b', name: 'now', arguments: 'nonsense' },
    ),
    message('tool', { type: 'tool-result', toolCallId: 'a', content: '3' }),
    message('tool', { type: 'tool-result', toolCallId: 'b', content: 'broken', isError: true }),
  ]
  expect(convert(branch).body.messages).toEqual([
    { role: 'user', content: 'Go' },
    {
      role: 'assistant',
      content: '',
      thinking: 'Hm',
      tool_calls: [
        { id: 'a', function: { name: 'add', arguments: { a: 1 } } },
        { id: 'b', function: { name: 'now', arguments: {} } },
      ],
    },
    { role: 'tool', content: '3', tool_name: 'add', tool_call_id: 'a' },
    { role: 'tool', content: 'Error: broken', tool_name: 'now', tool_call_id: 'b' },
  ])
})

test('images go in as base64, also where messages are joined', () => {
  const image = (fileId: string): MessagePart => ({ type: 'image', fileId, mediaType: 'image/png' })
  const files = new Map(['i', 'j'].map((id, at) => [id, { mediaType: 'image/png', bytes: Uint8Array.of(at) }]))
  const branch = [message('user', image('i')), message('user', 'What?', image('j'))]
  expect(convert(branch, {}, { files }).body.messages).toEqual([
    { role: 'user', content: 'What?', images: ['AA==', 'AQ=='] },
  ])
})

test('an attachment that the model cannot see is refused in words', () => {
  const image: MessagePart = { type: 'image', fileId: 'i', mediaType: 'image/png' }
  const pdf: MessagePart = { type: 'file', fileId: 'p', mediaType: 'application/pdf', name: 'a.pdf' }
  const files = new Map([
    ['i', { mediaType: 'image/png', bytes: Uint8Array.of(1) }],
    ['p', { mediaType: 'application/pdf', bytes: Uint8Array.of(1) }],
  ])
  expect(() => convert([message('user', image)], {}, { files, ...able({ images: false }) })).toThrow(
    'cannot see images',
  )
  expect(() => convert([message('user', pdf)], {}, { files })).toThrow('"a.pdf"')
  expect(() => convert([message('user', image)])).toThrow('no longer there')
})

test('only parameters that were set are sent, under the names of the vendor', () => {
  const parameters = { temperature: 0, topP: 0.5, maxOutputTokens: 9, stop: ['.'], seed: 7 }
  expect(convert([], parameters).body.options).toEqual({
    temperature: 0,
    top_p: 0.5,
    num_predict: 9,
    stop: ['.'],
    seed: 7,
  })
})

test.each<[GenerationParameters, unknown]>([
  [{}, undefined],
  [{ thinking: true }, true],
  [{ thinking: false, reasoningEffort: 'high' }, false],
  [{ reasoningEffort: 'none' }, false],
  [{ reasoningEffort: 'minimal' }, 'low'],
  [{ reasoningEffort: 'medium' }, 'medium'],
  [{ reasoningEffort: 'max', reasoningBudget: 1 }, 'high'],
  [{ reasoningBudget: 1_000 }, 'low'],
  [{ reasoningBudget: 50_000 }, 'high'],
])('the wish to think %j is %j', (parameters, think) => {
  expect(convert([], parameters).body.think).toBe(think)
})

test('a model that cannot think or call is not told to, and that is said', () => {
  const known = able({ reasoning: false, tools: false })
  const asked = convert([], { reasoningEffort: 'high', tools: [TOOL], toolChoice: { name: 'add' } }, known)
  expect(asked).toEqual({ body: { ...FIXED, messages: [] }, leftOut: ['reasoningEffort', 'tools', 'toolChoice'] })
  expect(convert([], { thinking: false, tools: [TOOL], toolChoice: 'none' }, known).leftOut).toEqual([])
})

test('tools and the form of the answer are sent as the vendor wants them', () => {
  const schema = { type: 'object' }
  const { body } = convert([], { tools: [TOOL], responseFormat: { type: 'json-schema', name: 'x', schema } })
  expect(body.tools).toEqual([
    { type: 'function', function: { name: 'add', description: 'Adds.', parameters: { type: 'object' } } },
  ])
  expect(body.format).toEqual(schema)
  expect(convert([], { responseFormat: { type: 'json' } }).body.format).toBe('json')
  expect(convert([], { responseFormat: { type: 'text' } }).body).not.toHaveProperty('format')
})
