import { expect, test } from 'vitest'
import { KNOWN_MODELS } from '#server/domain/known-models.ts'
import type { ModelOverrides } from '#server/domain/model-override.ts'
import type { ModelRecord } from '#server/ports/store.ts'
import { createDescribeModels } from './describe-models.ts'

const providers = [
  { id: 'openai', baseUrl: 'https://api.openai.com/v1', local: false },
  { id: 'gateway', baseUrl: 'https://llm.example.com/v1', local: false },
  { id: 'home', baseUrl: 'http://127.0.0.1:8000/v1', local: true },
  { id: 'anthropic', baseUrl: 'https://api.anthropic.com/v1', local: false },
  { id: 'gemini', baseUrl: 'https://generativelanguage.googleapis.com/v1beta', local: false },
]

const bare = (id: string): ModelRecord => ({ id, name: null, contextLength: null })
const describe = (provider: string, models: ModelRecord[], modelOverrides: ModelOverrides = {}) =>
  createDescribeModels({ providers, modelOverrides })(provider, models)

test('a model at its vendor’s own address gets what is known of it, with the day of its price', () => {
  expect(describe('openai', [bare('gpt-4.1-mini')])).toEqual([
    {
      id: 'gpt-4.1-mini',
      name: null,
      contextLength: 1_047_576,
      maxOutputTokens: 32_768,
      capabilities: { images: true, tools: true, jsonSchema: true, reasoning: false },
      price: { input: 0.4, cachedInput: 0.1, output: 1.6, asOf: '2026-07-02' },
    },
  ])
})

test('a date behind the name is the same model, anything else is another one; an exact name comes first', () => {
  const inputs = (provider: string, ...ids: string[]) =>
    describe(provider, ids.map(bare)).map(({ price }) => price?.input)
  expect(
    inputs('openai', 'gpt-4o-2024-08-06', 'gpt-4o-2024-05-13', 'gpt-4o-audio-preview', 'gpt-4o-', 'gpt-9'),
  ).toEqual([2.5, 5, undefined, undefined, undefined])
  expect(inputs('anthropic', 'claude-haiku-4-5-20251001', 'claude-opus-4-20250514', 'claude-opus-4-9')).toEqual([
    1,
    15,
    undefined,
  ])
  expect(inputs('gemini', 'models/gemini-2.5-flash', 'gemini-2.5-flash-preview-tts')).toEqual([0.3, undefined])
})

test('whoever else serves a model of that name asks what they like: nothing is known of it', () => {
  expect(describe('gateway', [bare('gpt-4o')])).toEqual([bare('gpt-4o')])
  expect(describe('home', [bare('gpt-4o')])).toEqual([bare('gpt-4o')])
})

test('what the vendor’s own list says comes before what is known, and the operator’s file before both', () => {
  const listed: ModelRecord = {
    ...bare('gpt-4o'),
    contextLength: 64_000,
    capabilities: { images: false },
    price: { input: 1, output: 2 },
  }
  expect(describe('openai', [listed])).toMatchObject([
    {
      contextLength: 64_000,
      maxOutputTokens: 16_384,
      capabilities: { images: false, tools: true },
      price: { input: 1, output: 2 },
    },
  ])
  const override = {
    name: 'Ours',
    contextLength: 32_000,
    capabilities: { images: true },
    price: { input: 9, output: 9 },
    hidden: true,
  }
  expect(describe('openai', [listed], { 'openai/gpt-4o': override })).toMatchObject([
    { ...override, maxOutputTokens: 16_384, capabilities: { images: true, tools: true } },
  ])
})

test('a price of null in the operator’s file makes it unknown', () => {
  const [model] = describe('openai', [bare('gpt-4o')], { 'openai/gpt-4o': { price: null } })
  expect(model).toMatchObject({ contextLength: 128_000 })
  expect(model).not.toHaveProperty('price')
})

test('a model that only the operator’s file names is offered too', () => {
  const overrides = { 'openai/gpt-5': {}, 'gateway/org/model': { contextLength: 8_000 }, 'nobody/x': {} }
  expect(describe('openai', [], overrides)).toMatchObject([{ id: 'gpt-5', price: { input: 1.25 } }])
  expect(describe('gateway', [], overrides)).toMatchObject([{ id: 'org/model', contextLength: 8_000 }])
})

test('the table names each model once, says where and when its prices were read, and holds none that is absurd', () => {
  for (const { host, source, models } of KNOWN_MODELS) {
    const ids = models.flatMap((model) => model.ids)
    expect(new Set(ids).size, host).toBe(ids.length)
    expect(source).toMatch(/^https:\/\//)
    for (const { ids: names, price } of models) {
      if (!price) continue
      expect(price.asOf, names[0]).toMatch(/^2026-\d{2}-\d{2}$/)
      expect(price.output, names[0]).toBeGreaterThan(price.input)
      expect(price.cachedInput ?? 0, names[0]).toBeLessThanOrEqual(price.input)
      expect(price.long?.input ?? Infinity, names[0]).toBeGreaterThan(price.input)
    }
  }
})
