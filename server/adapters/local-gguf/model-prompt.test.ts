import { expect, test } from 'vitest'
import type { ProviderRequest } from '#server/ports/provider.ts'
import { question } from './fake-runtime.fixture.ts'
import { toModelPrompt } from './model-prompt.ts'

const text = (value: string) => ({ type: 'text' as const, text: value })

function historyOf(messages: ProviderRequest['messages'], systemPrompt?: string) {
  return toModelPrompt({ ...question(''), messages, systemPrompt }).prompt.history
}

test('a conversation keeps its order and its roles; thoughts and sources are not told again', () => {
  const history = historyOf(
    [
      { role: 'user', parts: [text('one')] },
      {
        role: 'assistant',
        parts: [{ type: 'reasoning', text: 'hm' }, text('two'), { type: 'source', url: 'https://a' }],
      },
      { role: 'user', parts: [text('three')] },
    ],
    'be brief',
  )
  expect(history).toEqual([
    { type: 'system', text: 'be brief' },
    { type: 'user', text: 'one' },
    { type: 'model', response: ['two'] },
    { type: 'user', text: 'three' },
  ])
})

test('roles alternate: neighbours are joined, what is empty is left out', () => {
  const history = historyOf([
    { role: 'user', parts: [text('one')] },
    { role: 'assistant', parts: [] },
    { role: 'user', parts: [text('two')] },
    { role: 'assistant', parts: [text('a')] },
    { role: 'assistant', parts: [text('b')] },
    { role: 'system', parts: [text(' ')] },
  ])
  expect(history).toEqual([
    { type: 'user', text: 'one\n\ntwo' },
    { type: 'model', response: ['a', '\n\n', 'b'] },
  ])
})

test('calls of tools stand in the answer that made them, with their results', () => {
  const call = (toolCallId: string, json: string) =>
    ({ type: 'tool-call', toolCallId, name: 'look', arguments: json }) as const
  const history = historyOf([
    { role: 'user', parts: [text('one')] },
    { role: 'assistant', parts: [text('wait'), call('1', '{"at":2}'), call('2', 'broken')] },
    { role: 'tool', parts: [{ type: 'tool-result', toolCallId: '1', content: 'rain' }] },
  ])
  expect(history[1]).toEqual({
    type: 'model',
    response: [
      'wait',
      { type: 'functionCall', name: 'look', params: { at: 2 }, result: 'rain' },
      { type: 'functionCall', name: 'look', params: 'broken', result: '' },
    ],
  })
})

test.each([
  ['an image', { type: 'image', fileId: 'f', mediaType: 'image/png' }],
  ['the file "a.pdf"', { type: 'file', fileId: 'f', mediaType: 'application/pdf', name: 'a.pdf' }],
] as const)('%s is refused in words', (what, part) => {
  const asked = () => historyOf([{ role: 'user', parts: [text('what is this?'), part] }])
  expect(asked).toThrow(`A model that runs here from its file reads text alone: the conversation contains ${what}.`)
})

test.each<[string, ProviderRequest['parameters'], object, string[]]>([
  ['nothing', {}, {}, []],
  [
    'sampling',
    { temperature: 0, topP: 0.5, seed: 3, stop: ['x'], maxOutputTokens: 9 },
    { temperature: 0, topP: 0.5, seed: 3, stop: ['x'], maxTokens: 9 },
    [],
  ],
  ['no thinking', { thinking: false }, { thoughtTokens: 0 }, []],
  ['a budget', { reasoningBudget: 70, reasoningEffort: 'high' }, { thoughtTokens: 70 }, []],
  ['no effort', { reasoningEffort: 'none' }, { thoughtTokens: 0 }, []],
  ['an effort', { reasoningEffort: 'high' }, {}, ['reasoningEffort']],
  ['JSON', { responseFormat: { type: 'json' } }, { schema: {} }, []],
  [
    'a schema',
    { responseFormat: { type: 'json-schema', name: 'n', schema: { type: 'object' } } },
    { schema: { type: 'object', additionalProperties: true } },
    [],
  ],
  [
    'a schema that nothing here can keep to',
    { responseFormat: { type: 'json-schema', name: 'n', schema: { not: {} } } },
    {},
    ['responseFormat'],
  ],
  ['tools', { tools: [{ name: 'look', parameters: {} }], toolChoice: 'required' }, {}, ['tools', 'toolChoice']],
])('%s', (_name, parameters, expected, leftOut) => {
  const { prompt, leftOut: names } = toModelPrompt({ ...question('hi'), parameters })
  expect(prompt).toEqual({ history: [{ type: 'user', text: 'hi' }], ...expected })
  expect(names).toEqual(leftOut)
})
