import { describe, expect, test } from 'vitest'
import type { GenerationParameters } from '#server/domain/generation.ts'
import { toChatParameters } from './chat-parameters.ts'
import { rulesFor } from './chat-rules.ts'
import { chatVendor } from './vendors.ts'

function convert(wanted: GenerationParameters, vendor = 'my-server', model = 'm') {
  return toChatParameters(wanted, rulesFor(chatVendor(vendor), model))
}

const SAMPLING = { temperature: 0, topP: 0.5, maxOutputTokens: 9, stop: ['.'], seed: 7 }

describe('sampling', () => {
  test('only parameters that were set are sent', () => {
    expect(convert({})).toEqual({ fields: {}, leftOut: [] })
    expect(convert({ stop: [] })).toEqual({ fields: {}, leftOut: [] })
    expect(convert(SAMPLING)).toEqual({
      fields: { temperature: 0, top_p: 0.5, max_tokens: 9, stop: ['.'], seed: 7 },
      leftOut: [],
    })
  })

  test.each<[string, string, object, string[]]>([
    ['openai', 'gpt-4o', { temperature: 0, top_p: 0.5, max_completion_tokens: 9, stop: ['.'], seed: 7 }, []],
    ['openai', 'gpt-5-mini', { max_completion_tokens: 9, seed: 7 }, ['temperature', 'topP', 'stop']],
    [
      'openai',
      'gpt-4o-mini-search-preview',
      { max_completion_tokens: 9, stop: ['.'], seed: 7 },
      ['temperature', 'topP'],
    ],
    ['azure-openai', 'o3', { max_completion_tokens: 9, seed: 7 }, ['temperature', 'topP', 'stop']],
    ['openai', 'gpt-5-chat-latest', { temperature: 0, top_p: 0.5, max_completion_tokens: 9, stop: ['.'], seed: 7 }, []],
    ['mistral', 'mistral-large-latest', { temperature: 0, top_p: 0.5, max_tokens: 9, stop: ['.'], random_seed: 7 }, []],
    ['deepseek', 'deepseek-chat', { top_p: 0.5, max_tokens: 9, stop: ['.'] }, ['temperature', 'seed']],
    ['perplexity', 'sonar', { temperature: 0, top_p: 0.5, max_tokens: 9 }, ['stop', 'seed']],
    ['xai', 'grok-4', { temperature: 0, top_p: 0.5, max_tokens: 9, seed: 7 }, ['stop']],
    ['xai', 'grok-4-fast-non-reasoning', { temperature: 0, top_p: 0.5, max_tokens: 9, stop: ['.'], seed: 7 }, []],
  ])('%s takes for %s %j, and is not sent %j', (vendor, model, fields, leftOut) => {
    expect(convert(SAMPLING, vendor, model)).toEqual({ fields, leftOut })
  })

  test('a model that was told not to think takes what it refuses while it thinks', () => {
    const off = { temperature: 1, thinking: false }
    expect(convert(off, 'openai', 'gpt-5.2')).toEqual({
      fields: { temperature: 1, reasoning_effort: 'none' },
      leftOut: [],
    })
    expect(convert(off, 'deepseek')).toEqual({
      fields: { temperature: 1, thinking: { type: 'disabled' } },
      leftOut: [],
    })
  })

  test('more stop sequences than are taken are cut, and that is said', () => {
    expect(convert({ stop: ['1', '2', '3', '4', '5'] }, 'openai')).toEqual({
      fields: { stop: ['1', '2', '3', '4'] },
      leftOut: ['stop'],
    })
  })
})

describe('reasoning', () => {
  test.each<[string, string, GenerationParameters, object, string[]]>([
    ['openai', 'gpt-5', { reasoningEffort: 'low' }, { reasoning_effort: 'low' }, []],
    ['openai', 'gpt-5', { reasoningEffort: 'max' }, { reasoning_effort: 'high' }, []],
    ['openai', 'gpt-5.2', { reasoningEffort: 'max' }, { reasoning_effort: 'xhigh' }, []],
    ['openai', 'gpt-5.1', { reasoningEffort: 'none' }, { reasoning_effort: 'none' }, []],
    ['openai', 'gpt-5', { thinking: false }, { reasoning_effort: 'minimal' }, ['thinking']],
    ['openai', 'o3-mini', { reasoningEffort: 'minimal' }, { reasoning_effort: 'low' }, []],
    ['openai', 'gpt-5', { reasoningBudget: 8_000 }, { reasoning_effort: 'medium' }, []],
    ['openai', 'gpt-5.1', { thinking: true }, { reasoning_effort: 'medium' }, []],
    ['openai', 'gpt-5', { thinking: true }, {}, []],
    ['openai', 'gpt-4o', { thinking: true, reasoningEffort: 'high' }, {}, ['reasoningEffort', 'thinking']],
    ['openai', 'gpt-4o', { thinking: false }, {}, ['thinking']],
    ['openrouter', 'm', { reasoningEffort: 'high' }, { reasoning: { effort: 'high' } }, []],
    ['openrouter', 'm', { reasoningBudget: 5_000 }, { reasoning: { max_tokens: 5_000 } }, []],
    ['openrouter', 'm', { thinking: true }, { reasoning: { enabled: true } }, []],
    ['openrouter', 'm', { thinking: false }, { reasoning: { enabled: false } }, []],
    ['deepseek', 'm', { reasoningEffort: 'medium' }, { thinking: { type: 'enabled' }, reasoning_effort: 'high' }, []],
    ['groq', 'openai/gpt-oss-20b', { reasoningEffort: 'low' }, { reasoning_effort: 'low' }, []],
    ['groq', 'qwen/qwen3-32b', { thinking: false }, { reasoning_effort: 'none' }, []],
    ['groq', 'llama-3.1-8b-instant', { reasoningBudget: 1 }, {}, ['reasoningBudget']],
    ['xai', 'grok-4', { reasoningEffort: 'low' }, {}, ['reasoningEffort']],
    ['xai', 'grok-4.3', { reasoningEffort: 'none' }, { reasoning_effort: 'none' }, []],
    ['xai', 'grok-3-mini', { reasoningEffort: 'medium' }, { reasoning_effort: 'high' }, []],
    ['mistral', 'magistral-medium-latest', { reasoningEffort: 'low' }, { reasoning_effort: 'high' }, []],
    ['mistral', 'mistral-tiny', { reasoningEffort: 'low' }, {}, ['reasoningEffort']],
    ['perplexity', 'sonar-deep-research', { reasoningEffort: 'low' }, { reasoning_effort: 'low' }, []],
    ['together', 'm', { thinking: false }, { reasoning: { enabled: false } }, []],
    ['fireworks', 'm', { reasoningBudget: 100 }, { thinking: { type: 'enabled', budget_tokens: 1_024 } }, []],
    ['cerebras', 'zai-glm-4.7', { thinking: false }, { reasoning_effort: 'none' }, []],
    ['zai', 'glm-4.7', { thinking: false }, { thinking: { type: 'disabled' } }, []],
    ['zai', 'glm-4.7', { reasoningEffort: 'low' }, { thinking: { type: 'enabled' } }, ['reasoningEffort']],
    ['zai', 'glm-5.3', { thinking: false }, { reasoning_effort: 'low' }, ['thinking']],
    ['vllm', 'm', { thinking: false }, { chat_template_kwargs: { enable_thinking: false, thinking: false } }, []],
    ['llamacpp', 'm', { reasoningBudget: 300 }, { thinking_budget_tokens: 300 }, []],
    ['ollama', 'm', { thinking: false }, { reasoning_effort: 'none' }, []],
    ['my-server', 'm', { thinking: false }, {}, ['thinking']],
  ])('%s %s is told of %j by %j', (vendor, model, wanted, fields, leftOut) => {
    expect(convert(wanted, vendor, model)).toEqual({ fields: expect.objectContaining(fields), leftOut })
    expect(Object.keys(convert(wanted, vendor, model).fields)).toEqual(Object.keys(fields))
  })

  test('is not asked of a model that the catalogue says cannot', () => {
    const rules = rulesFor(chatVendor('openrouter'), 'm')
    expect(toChatParameters({ reasoningEffort: 'high' }, rules, { reasoning: false })).toEqual({
      fields: {},
      leftOut: ['reasoningEffort'],
    })
  })
})

describe('the form of the answer', () => {
  const schema = { type: 'json-schema' as const, name: 'n', schema: { type: 'object' }, strict: true }

  test('is a JSON schema or JSON', () => {
    expect(convert({ responseFormat: schema }).fields).toEqual({
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'n', schema: { type: 'object' }, strict: true },
      },
    })
    expect(convert({ responseFormat: { type: 'json' } })).toEqual({
      fields: { response_format: { type: 'json_object' } },
      leftOut: [],
    })
    expect(convert({ responseFormat: { type: 'text' } })).toEqual({ fields: {}, leftOut: [] })
  })

  test('is JSON where a schema is not known, and that is said', () => {
    const expected = { fields: { response_format: { type: 'json_object' } }, leftOut: ['responseFormat'] }
    expect(convert({ responseFormat: schema }, 'deepseek')).toEqual(expected)
    const rules = rulesFor(chatVendor('openrouter'), 'm')
    expect(toChatParameters({ responseFormat: schema }, rules, { jsonSchema: false })).toEqual(expected)
  })

  test('is left out where only schemas are known', () => {
    expect(convert({ responseFormat: { type: 'json' } }, 'lmstudio')).toEqual({
      fields: {},
      leftOut: ['responseFormat'],
    })
  })
})

describe('tools', () => {
  const tools = [
    { name: 'f', description: 'F', parameters: { type: 'object' } },
    { name: 'g', parameters: {} },
  ]
  const f = { type: 'function', function: { name: 'f', description: 'F', parameters: { type: 'object' } } }
  const g = { type: 'function', function: { name: 'g', parameters: {} } }

  test.each<[string, GenerationParameters['toolChoice'], object, string[]]>([
    ['my-server', undefined, { tools: [f, g] }, []],
    ['my-server', 'required', { tools: [f, g], tool_choice: 'required' }, []],
    ['my-server', { name: 'f' }, { tools: [f, g], tool_choice: { type: 'function', function: { name: 'f' } } }, []],
    ['llamacpp', { name: 'f' }, { tools: [f], tool_choice: 'required' }, []],
    ['zai', 'none', {}, []],
    ['zai', 'required', { tools: [f, g], tool_stream: true }, ['toolChoice']],
    ['zai', { name: 'f' }, { tools: [f, g], tool_stream: true }, ['toolChoice']],
    ['perplexity', 'auto', {}, ['tools', 'toolChoice']],
  ])('%s with the choice %j is sent %j', (vendor, toolChoice, fields, leftOut) => {
    const wanted = toolChoice === undefined ? { tools } : { tools, toolChoice }
    expect(convert(wanted, vendor)).toEqual({ fields, leftOut })
  })

  test('are not offered to a model that the catalogue says cannot', () => {
    const rules = rulesFor(chatVendor('openrouter'), 'm')
    expect(toChatParameters({ tools }, rules, { tools: false })).toEqual({ fields: {}, leftOut: ['tools'] })
  })

  test('go before thinking where Chat Completions takes only one of both', () => {
    expect(convert({ tools: [tools[1]!], reasoningEffort: 'high' }, 'openai', 'gpt-5.6-sol')).toEqual({
      fields: { reasoning_effort: 'none', tools: [g] },
      leftOut: ['reasoningEffort'],
    })
  })
})
