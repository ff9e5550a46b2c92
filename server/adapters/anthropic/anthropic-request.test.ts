import { describe, expect, test } from 'vitest'
import type { MessagePart } from '#protocol/messages.ts'
import type { BranchMessage, GenerationParameters } from '#server/domain/generation.ts'
import type { ProviderRequest } from '#server/ports/provider.ts'
import { toAnthropicRequest } from './anthropic-request.ts'

const HELLO: BranchMessage[] = [{ role: 'user', parts: [{ type: 'text', text: 'Hello' }] }]

test('a question is the model, the most tokens, and nothing that was not asked for', () => {
  expect(convert('claude-sonnet-4-5')).toEqual({
    body: {
      model: 'claude-sonnet-4-5',
      max_tokens: 32_000,
      stream: true,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
    },
    betas: [],
    leftOut: [],
  })
  expect(convert('claude-sonnet-4-5', {}, { systemPrompt: 'Be kind.' }).body.system).toBe('Be kind.')
})

describe('the most tokens', () => {
  test.each<[string, GenerationParameters, number | undefined, number]>([
    ['are those that were asked for', { maxOutputTokens: 9 }, 64_000, 9],
    ['are never more than the model can', { maxOutputTokens: 99_000 }, 64_000, 64_000],
    ['are all that the model can where nobody says', {}, 64_000, 64_000],
    ['are a number that every such model takes where nothing is known', {}, undefined, 32_000],
  ])('%s', (_name, parameters, maxOutputTokens, expected) => {
    const known = maxOutputTokens === undefined ? {} : { known: { contextLength: null, maxOutputTokens } }
    expect(convert('claude-sonnet-4-5', parameters, known).body.max_tokens).toBe(expected)
  })

  test.each([
    ['claude-3-opus-20240229', 4_096],
    ['claude-3-5-haiku-latest', 8_192],
    ['someone-elses-model', 8_192],
  ])('of %s are %i where nothing is known', (model, expected) => {
    expect(convert(model).body.max_tokens).toBe(expected)
  })
})

describe('sampling', () => {
  test.each<[string, GenerationParameters, object, string[]]>([
    ['claude-sonnet-4', { temperature: 0, topP: 0.5 }, { temperature: 0, top_p: 0.5 }, []],
    ['claude-sonnet-4-5', { temperature: 0, topP: 0.5 }, { temperature: 0 }, ['topP']],
    ['claude-sonnet-4-5', { topP: 0.5 }, { top_p: 0.5 }, []],
    ['claude-sonnet-4-5', { temperature: 1.5 }, {}, ['temperature']],
    ['claude-opus-4-7', { temperature: 0.2, topP: 0.5 }, {}, ['temperature', 'topP']],
    ['claude-opus-5', { temperature: 1, topP: 1 }, {}, []],
    ['claude-sonnet-4-5', { thinking: true, temperature: 0.2, topP: 0.5 }, {}, ['temperature', 'topP']],
    ['claude-sonnet-4-5', { thinking: true, topP: 0.95 }, { top_p: 0.95 }, []],
    ['claude-sonnet-4-5', { seed: 7 }, {}, ['seed']],
    ['claude-sonnet-4-5', { stop: ['END', '\n'] }, { stop_sequences: ['END'] }, ['stop']],
    ['claude-sonnet-4-5', { stop: ['\n'] }, {}, ['stop']],
  ])('of %s by %j is %j', (model, parameters, fields, leftOut) => {
    const { body, leftOut: actual } = convert(model, parameters)
    expect(pick(body, ['temperature', 'top_p', 'stop_sequences', 'seed'])).toEqual(fields)
    expect(actual).toEqual(leftOut)
  })
})

describe('thinking', () => {
  const summarised = { type: 'adaptive', display: 'summarized' }

  test.each<[string, GenerationParameters, object | undefined, string | undefined, string[]]>([
    // Models that cannot.
    [
      'claude-3-5-sonnet-latest',
      { thinking: true, reasoningEffort: 'high' },
      undefined,
      undefined,
      ['thinking', 'reasoningEffort'],
    ],
    ['claude-3-5-sonnet-latest', { thinking: false }, undefined, undefined, []],
    // Models that count tokens.
    ['claude-sonnet-4-5', {}, undefined, undefined, []],
    ['claude-sonnet-4-5', { thinking: true }, enabled(8_192), undefined, []],
    ['claude-sonnet-4-5', { thinking: false }, { type: 'disabled' }, undefined, []],
    ['claude-sonnet-4-5', { reasoningEffort: 'none' }, { type: 'disabled' }, undefined, []],
    ['claude-sonnet-4-5', { reasoningEffort: 'low' }, enabled(2_048), undefined, []],
    ['claude-sonnet-4-5', { reasoningEffort: 'max' }, enabled(31_999), undefined, []],
    ['claude-sonnet-4-5', { reasoningBudget: 5_000, reasoningEffort: 'low' }, enabled(5_000), undefined, []],
    ['claude-sonnet-4-5', { reasoningBudget: 5 }, enabled(1_024), undefined, []],
    ['claude-sonnet-4-5', { reasoningBudget: 9_000, maxOutputTokens: 4_000 }, enabled(2_000), undefined, []],
    ['claude-sonnet-4-5', { reasoningBudget: 9_000, maxOutputTokens: 1_025 }, enabled(1_024), undefined, []],
    [
      'claude-sonnet-4-5',
      { reasoningBudget: 9_000, maxOutputTokens: 1_024 },
      undefined,
      undefined,
      ['reasoningBudget'],
    ],
    // Models that judge for themselves.
    ['claude-opus-4-6', {}, undefined, undefined, []],
    ['claude-opus-4-6', { thinking: true }, summarised, undefined, []],
    ['claude-opus-4-6', { reasoningEffort: 'minimal' }, summarised, 'low', []],
    ['claude-opus-4-8', { reasoningEffort: 'max' }, summarised, 'max', []],
    ['claude-opus-4-8', { reasoningBudget: 8_000 }, summarised, 'medium', []],
    ['claude-opus-4-8', { thinking: false, reasoningEffort: 'max' }, { type: 'disabled' }, undefined, []],
    ['claude-opus-5', {}, summarised, undefined, []],
    ['claude-haiku-5-5', { thinking: false }, { type: 'disabled' }, undefined, []],
    // Models that cannot be told not to.
    ['claude-opus-5-5', { thinking: false }, summarised, 'low', ['thinking']],
    ['claude-fable-5', { reasoningEffort: 'none' }, summarised, 'low', ['reasoningEffort']],
    ['claude-opus-7', { reasoningEffort: 'high' }, summarised, 'high', []],
  ])('of %s by %j is %j with effort %s', (model, parameters, thinking, effort, leftOut) => {
    const { body, leftOut: actual } = convert(model, parameters)
    expect(body.thinking).toEqual(thinking)
    expect(body.output_config).toEqual(effort === undefined ? undefined : { effort })
    expect(actual).toEqual(leftOut)
  })

  test('is left out where the list says that the model cannot', () => {
    const known = { contextLength: null, capabilities: { reasoning: false } }
    expect(convert('claude-opus-5', { thinking: true }, { known })).toMatchObject({ leftOut: ['thinking'] })
  })

  test('is not begun in the middle of tool calls that were made without a thought', () => {
    const bare = convert('claude-sonnet-4-5', { thinking: true }, { messages: toolTurn() })
    expect(bare.body).not.toHaveProperty('thinking')
    expect(bare.leftOut).toEqual(['thinking'])
    const thoughtful = convert('claude-sonnet-4-5', { thinking: true }, { messages: toolTurn(thought()) })
    expect(thoughtful.body.thinking).toEqual(enabled(8_192))
    expect(convert('claude-opus-4-8', { thinking: true }, { messages: toolTurn() }).leftOut).toEqual([])
  })
})

describe('thoughts of earlier answers', () => {
  const messages = toolTurn(thought())

  test.each<[string, GenerationParameters, boolean]>([
    ['claude-sonnet-4-5', { thinking: true }, true],
    ['claude-sonnet-4-5', {}, false],
    ['claude-opus-4-8', { thinking: false }, false],
    ['claude-opus-5', {}, true],
    ['claude-3-opus-20240229', {}, false],
    ['someone-elses-model', {}, true],
  ])('go to %s with %j: %s', (model, parameters, goes) => {
    expect(JSON.stringify(convert(model, parameters, { messages }).body.messages).includes('SIGNED')).toBe(goes)
  })

  test('that no longer fit their conversation may be dropped, where the model would refuse them', () => {
    const { body, betas } = convert('claude-opus-5-5', {}, { messages })
    expect(body.thinking).toMatchObject({ block_binding: { prefix_mismatch_behavior: 'drop_block' } })
    expect(betas).toEqual(['thinking-binding-controls-2026-08-01'])
    expect(convert('claude-opus-5', {}, { messages }).betas).toEqual([])
    expect(convert('claude-opus-5-5').betas).toEqual([])
  })
})

describe('tools', () => {
  const tools = [
    { name: 'look', description: 'Looks.', parameters: { type: 'object', properties: {} } },
    { name: 'wait', parameters: {} },
  ]

  test('are defined by a schema of their input', () => {
    expect(convert('claude-sonnet-4-5', { tools }).body.tools).toEqual([
      { name: 'look', description: 'Looks.', input_schema: { type: 'object', properties: {} } },
      { name: 'wait', input_schema: { type: 'object' } },
    ])
  })

  test.each<[string, GenerationParameters, object | undefined, string[]]>([
    ['claude-opus-5', { tools }, undefined, []],
    ['claude-opus-5', { tools, toolChoice: 'auto' }, { type: 'auto' }, []],
    ['claude-opus-5', { tools, toolChoice: 'none' }, { type: 'none' }, []],
    ['claude-opus-5', { tools, toolChoice: 'required' }, { type: 'any' }, []],
    ['claude-opus-5', { tools, toolChoice: { name: 'look' } }, { type: 'tool', name: 'look' }, []],
    ['claude-opus-5-5', { tools, toolChoice: 'required' }, undefined, ['toolChoice']],
    ['claude-opus-5-5', { tools, toolChoice: 'none' }, { type: 'none' }, []],
    ['claude-sonnet-4-5', { tools, toolChoice: 'required', thinking: true }, undefined, ['toolChoice']],
    ['claude-sonnet-4-5', { toolChoice: 'required' }, undefined, []],
  ])('of %s by %j are chosen by %j', (model, parameters, choice, leftOut) => {
    const { body, leftOut: actual } = convert(model, parameters)
    expect(body.tool_choice).toEqual(choice)
    expect(actual).toEqual(leftOut)
  })

  test('that were called are defined also where none is to be called any more', () => {
    expect(convert('claude-sonnet-4-5', {}, { messages: toolTurn() }).body).toMatchObject({
      tools: [{ name: 'look', input_schema: { type: 'object' } }],
      tool_choice: { type: 'none' },
    })
  })
})

describe('the form of the answer', () => {
  const jsonSchema = { type: 'json-schema' as const, name: 'n', schema: { type: 'object' } }

  test.each<[string, GenerationParameters, object | undefined, string[]]>([
    ['claude-sonnet-4-5', { responseFormat: jsonSchema }, { format: closed() }, []],
    [
      'claude-opus-4-8',
      { responseFormat: jsonSchema, reasoningEffort: 'low' },
      { effort: 'low', format: closed() },
      [],
    ],
    ['claude-sonnet-4', { responseFormat: jsonSchema }, undefined, ['responseFormat']],
    ['claude-sonnet-4-5', { responseFormat: { type: 'json' } }, undefined, ['responseFormat']],
    ['claude-sonnet-4-5', { responseFormat: { type: 'text' } }, undefined, []],
  ])('of %s by %j is %j', (model, parameters, config, leftOut) => {
    const { body, leftOut: actual } = convert(model, parameters)
    expect(body.output_config).toEqual(config)
    expect(actual).toEqual(leftOut)
  })

  test('goes by what the list says of the model, where it does', () => {
    const known = { contextLength: null, capabilities: { jsonSchema: true } }
    const { body } = convert('someone-elses-model', { responseFormat: jsonSchema }, { known })
    expect(body.output_config).toEqual({ format: closed() })
  })
})

test('the prompt is cached where that was asked for', () => {
  expect(convert('claude-opus-5', { cachePrompt: true }).body.cache_control).toEqual({ type: 'ephemeral' })
  expect(convert('claude-opus-5', { cachePrompt: false }).body).not.toHaveProperty('cache_control')
})

function convert(model: string, parameters: GenerationParameters = {}, more: Partial<ProviderRequest> = {}) {
  return toAnthropicRequest({ model, systemPrompt: undefined, messages: HELLO, parameters, generationId: 'g', ...more })
}

/** A question, a tool call with what came before it, and the result. */
function toolTurn(...before: MessagePart[]): BranchMessage[] {
  const call: MessagePart = { type: 'tool-call', toolCallId: 't1', name: 'look', arguments: '{}' }
  const result: MessagePart = { type: 'tool-result', toolCallId: 't1', content: 'Seen.' }
  return [...HELLO, { role: 'assistant', parts: [...before, call] }, { role: 'tool', parts: [result] }]
}

function thought(): MessagePart {
  return { type: 'reasoning', text: 'Hm', providerMetadata: { anthropic: { signature: 'SIGNED' } } }
}

function enabled(budget: number): object {
  return { type: 'enabled', budget_tokens: budget }
}

function closed(): object {
  return { type: 'json_schema', schema: { type: 'object', additionalProperties: false } }
}

function pick(body: Record<string, unknown>, names: string[]): object {
  return Object.fromEntries(names.filter((name) => name in body).map((name) => [name, body[name]]))
}
