import { describe, expect, test } from 'vitest'
import type { MessagePart } from '#protocol/messages.ts'
import type { BranchMessage, GenerationParameters } from '#server/domain/generation.ts'
import { ProviderFailure, type ProviderRequest } from '#server/ports/provider.ts'
import { toResponsesRequest } from './responses-request.ts'

const REQUEST: ProviderRequest = {
  model: 'gpt-4.1',
  systemPrompt: undefined,
  messages: [],
  parameters: {},
  generationId: 'g',
}

function convert(request: Partial<ProviderRequest>, background = false) {
  return toResponsesRequest({ ...REQUEST, ...request }, { background })
}

function inputOf(messages: BranchMessage[], more: Partial<ProviderRequest> = {}) {
  return convert({ messages, ...more }).body.input
}

function parametersOf(model: string, parameters: GenerationParameters, known?: ProviderRequest['known']) {
  const { body, leftOut } = convert({ model, parameters, ...(known ? { known } : {}) })
  const {
    model: _model,
    input: _input,
    stream: _stream,
    store: _store,
    include: _include,
    truncation: _cut,
    ...rest
  } = body
  return { ...rest, leftOut }
}

const user = (...parts: MessagePart[]): BranchMessage => ({ role: 'user', parts })
const assistant = (...parts: MessagePart[]): BranchMessage => ({ role: 'assistant', parts })
const text = (words: string): MessagePart => ({ type: 'text', text: words })
const own = (metadata: object) => ({ providerMetadata: { 'openai-responses': metadata } })

test('the body asks for a stream, keeps nothing at the vendor, and wants thoughts sealed', () => {
  expect(convert({ systemPrompt: 'Be kind.', messages: [user(text('Hi'))] })).toEqual({
    body: {
      model: 'gpt-4.1',
      instructions: 'Be kind.',
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }],
      stream: true,
      store: false,
      include: ['reasoning.encrypted_content'],
      truncation: 'disabled',
    },
    leftOut: [],
  })
})

test('in the background the vendor keeps the response, which it must to be resumed', () => {
  expect(convert({}, true).body).toMatchObject({ background: true, store: true, stream: true })
  expect(convert({}).body).not.toHaveProperty('background')
})

describe('the branch', () => {
  test('an answer goes back as what it was made of, in order', () => {
    const branch = [
      user(text('How warm?')),
      assistant(
        { type: 'reasoning', text: 'Look it up.', ...own({ id: 'rs_1', encryptedContent: 'sealed' }) },
        { ...text('One moment.'), ...own({ phase: 'commentary' }) },
        { type: 'tool-call', toolCallId: 'c1', name: 'look', arguments: '{"at":"Ulm"}' },
      ),
      { role: 'tool' as const, parts: [{ type: 'tool-result' as const, toolCallId: 'c1', content: '21 °C' }] },
      assistant({ type: 'source', url: 'https://a.example' }, { ...text('21.'), ...own({ phase: 'final_answer' }) }),
      user(text('Thanks')),
    ]
    expect(inputOf(branch)).toEqual([
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'How warm?' }] },
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 'Look it up.' }],
        encrypted_content: 'sealed',
      },
      {
        type: 'message',
        role: 'assistant',
        phase: 'commentary',
        content: [{ type: 'output_text', text: 'One moment.', annotations: [] }],
      },
      { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{"at":"Ulm"}' },
      { type: 'function_call_output', call_id: 'c1', output: '21 °C' },
      {
        type: 'message',
        role: 'assistant',
        phase: 'final_answer',
        content: [{ type: 'output_text', text: '21.', annotations: [] }],
      },
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Thanks' }] },
    ])
  })

  test('a refusal goes back as one, and a hidden thought without a summary', () => {
    const answer = assistant(
      { type: 'reasoning', text: '', ...own({ id: 'rs_1', encryptedContent: 'sealed' }) },
      { type: 'refusal', text: 'No.' },
    )
    expect(inputOf([answer])).toEqual([
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'sealed' },
      { type: 'message', role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] },
    ])
  })

  test.each<[string, BranchMessage[]]>([
    ['an answer without words', [assistant()]],
    [
      'a thought that nothing came of',
      [assistant({ type: 'reasoning', text: 'Hm', ...own({ encryptedContent: 's' }) })],
    ],
    ['a thought that was not sealed', [assistant({ type: 'reasoning', text: 'Hm', ...own({ id: 'rs_1' }) })]],
    ['a call without a result', [assistant({ type: 'tool-call', toolCallId: 'c1', name: 'look', arguments: '{}' })]],
    ['a result without a call', [{ role: 'tool', parts: [{ type: 'tool-result', toolCallId: 'c1', content: 'x' }] }]],
  ])('%s is not sent', (_what, messages) => {
    expect(inputOf(messages)).toEqual([])
  })

  test('a thought that another vendor sealed is not sent', () => {
    const providerMetadata = { anthropic: { signature: 's', encryptedContent: 'x' } }
    const items = inputOf([assistant({ type: 'reasoning', text: 'Hm', providerMetadata }, text('Yes.'))])
    expect(items).toMatchObject([{ type: 'message', content: [{ text: 'Yes.' }] }])
  })

  const files = new Map([
    ['f1', { mediaType: 'image/png', bytes: Buffer.from('png') }],
    ['f2', { mediaType: 'application/pdf', bytes: Buffer.from('pdf') }],
  ])
  const image: MessagePart = { type: 'image', fileId: 'f1', mediaType: 'image/png' }
  const pdf: MessagePart = { type: 'file', fileId: 'f2', mediaType: 'application/pdf', name: 'a.pdf' }

  test('images and documents go with their question', () => {
    expect(inputOf([user(text('See'), image, pdf)], { files })).toEqual([
      {
        type: 'message',
        role: 'user',
        content: [
          { type: 'input_text', text: 'See' },
          { type: 'input_image', image_url: 'data:image/png;base64,cG5n', detail: 'auto' },
          { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,cGRm' },
        ],
      },
    ])
  })

  test.each<[string, Partial<ProviderRequest>, RegExp]>([
    ['a file that is gone', { messages: [user(pdf)] }, /"a\.pdf" that is no longer there/],
    ['an image that is gone', { messages: [user(image)], files: new Map() }, /an image that is no longer there/],
    [
      'an image for a model that sees none',
      { messages: [user(image)], files, known: { contextLength: null, capabilities: { images: false } } },
      /cannot see images/,
    ],
  ])('%s ends in words', (_what, request, words) => {
    expect(() => convert(request)).toThrow(words)
    expect(() => convert(request)).toThrow(ProviderFailure)
  })
})

describe('parameters', () => {
  const sampling = { temperature: 0.5, topP: 0.9 }

  test('what the vendor takes is sent in its words; what it does not is said', () => {
    expect(parametersOf('gpt-4.1', { ...sampling, maxOutputTokens: 100, stop: ['x'], seed: 1 })).toEqual({
      temperature: 0.5,
      top_p: 0.9,
      max_output_tokens: 100,
      leftOut: ['stop', 'seed'],
    })
    expect(parametersOf('gpt-4.1', { stop: [] })).toEqual({ leftOut: [] })
  })

  test.each<[string, GenerationParameters, object, string[]]>([
    ['gpt-4.1', { reasoningEffort: 'high' }, {}, ['reasoningEffort']],
    ['gpt-4.1', { thinking: true, reasoningBudget: 9 }, {}, ['reasoningBudget', 'thinking']],
    ['gpt-4.1', { thinking: false }, {}, []],
    ['gpt-5', {}, { reasoning: { summary: 'auto' } }, []],
    ['gpt-5', sampling, { reasoning: { summary: 'auto' } }, ['temperature', 'topP']],
    ['gpt-5', { reasoningEffort: 'minimal' }, { reasoning: { effort: 'minimal', summary: 'auto' } }, []],
    ['gpt-5', { reasoningEffort: 'max' }, { reasoning: { effort: 'high', summary: 'auto' } }, []],
    ['gpt-5', { thinking: false }, { reasoning: { effort: 'minimal', summary: 'auto' } }, ['thinking']],
    ['gpt-5-chat-latest', sampling, { temperature: 0.5, top_p: 0.9 }, []],
    ['gpt-5-pro', { reasoningEffort: 'low' }, { reasoning: { effort: 'high', summary: 'auto' } }, []],
    ['gpt-5.2', { reasoningEffort: 'max' }, { reasoning: { effort: 'xhigh', summary: 'auto' } }, []],
    ['gpt-5.2', { ...sampling, thinking: false }, { reasoning: { effort: 'none' }, temperature: 0.5, top_p: 0.9 }, []],
    ['gpt-5.6', { reasoningEffort: 'max' }, { reasoning: { effort: 'max', summary: 'auto' } }, []],
    ['gpt-6-sol', { reasoningEffort: 'none' }, { reasoning: { effort: 'low', summary: 'auto' } }, ['reasoningEffort']],
    ['o4-mini', { reasoningEffort: 'minimal' }, { reasoning: { effort: 'low', summary: 'auto' } }, []],
    ['openai/o3', { reasoningBudget: 100 }, { reasoning: { summary: 'auto' } }, ['reasoningBudget']],
    ['o3', { reasoningBudget: 100, reasoningEffort: 'low' }, { reasoning: { effort: 'low', summary: 'auto' } }, []],
    ['some-model', sampling, { temperature: 0.5, top_p: 0.9 }, []],
    ['some-model', { reasoningEffort: 'low' }, { reasoning: { effort: 'low', summary: 'auto' } }, []],
  ])('%s, asked with %j', (model, parameters, fields, leftOut) => {
    expect(parametersOf(model, parameters)).toEqual({ ...fields, leftOut })
  })

  test('what the catalogue knows of a model’s thinking counts where its name says nothing', () => {
    const known = (reasoning: boolean) => ({ contextLength: null, capabilities: { reasoning } })
    expect(parametersOf('some-model', sampling, known(true))).toMatchObject({ leftOut: ['temperature', 'topP'] })
    expect(parametersOf('some-model', { reasoningEffort: 'low' }, known(false))).toEqual({
      leftOut: ['reasoningEffort'],
    })
  })

  test('forms, tools and choices', () => {
    const schema = { type: 'object' }
    const tools = [
      { name: 'look', description: 'Looks.', parameters: schema },
      { name: 'go', parameters: schema },
    ]
    expect(parametersOf('gpt-4.1', { tools, toolChoice: { name: 'go' }, responseFormat: { type: 'json' } })).toEqual({
      tools: [
        { type: 'function', name: 'look', description: 'Looks.', parameters: schema, strict: false },
        { type: 'function', name: 'go', parameters: schema, strict: false },
      ],
      tool_choice: { type: 'function', name: 'go' },
      text: { format: { type: 'json_object' } },
      leftOut: [],
    })
    const strict = { type: 'json-schema', name: 'place', schema, strict: true } as const
    expect(parametersOf('gpt-4.1', { responseFormat: strict, toolChoice: 'required' })).toEqual({
      text: { format: { type: 'json_schema', name: 'place', schema, strict: true } },
      leftOut: [],
    })
    expect(parametersOf('gpt-4.1', { responseFormat: { type: 'text' } })).toEqual({ leftOut: [] })
  })

  test('a prompt is cached under one key for all turns of a conversation', () => {
    const keyOf = (...messages: BranchMessage[]) =>
      convert({ messages, parameters: { cachePrompt: true } }).body.prompt_cache_key
    const first = user(text('Hi'))
    expect(keyOf(first)).toBe(keyOf(first, assistant(text('Ho')), user(text('On'))))
    expect(keyOf(first)).not.toBe(keyOf(user(text('Other'))))
    expect(convert({}).body).not.toHaveProperty('prompt_cache_key')
  })
})
