import type { ModelCapabilities, ModelPrice } from './model-facts.ts'

/** What a vendor's own pages say of its models, where its list of models does not. */
export interface KnownVendorModels {
  /** The address that these facts are about: whoever else serves a model of that name asks what they like. */
  host: string
  /** Where the prices were read. */
  source: string
  models: readonly KnownModel[]
}

export interface KnownModel {
  /** As the vendor names it; with a date behind it, it is the same model. An exact name comes before one with a date. */
  ids: readonly string[]
  contextLength?: number
  maxOutputTokens?: number
  capabilities?: ModelCapabilities
  /** Absent where it is not certain: an answer then says nothing of its cost. */
  price?: ModelPrice
}

const sees = { images: true, tools: true, jsonSchema: true } as const
const GPT_4_1 = { contextLength: 1_047_576, maxOutputTokens: 32_768, capabilities: { ...sees, reasoning: false } }
const GPT_4O = { contextLength: 128_000, maxOutputTokens: 16_384, capabilities: { ...sees, reasoning: false } }
const GPT_5 = { contextLength: 400_000, maxOutputTokens: 128_000, capabilities: { ...sees, reasoning: true } }
const GPT_5_LONG = { ...GPT_5, contextLength: 1_050_000 }
const O_SERIES = { contextLength: 200_000, maxOutputTokens: 100_000, capabilities: { ...sees, reasoning: true } }
const CLAUDE = { contextLength: 200_000, capabilities: { images: true, tools: true, reasoning: true } }
const CLAUDE_LONG = { ...CLAUDE, contextLength: 1_000_000, maxOutputTokens: 128_000 }
const DEEPSEEK = { contextLength: 1_000_000, maxOutputTokens: 384_000 }

const openai = (input: number, cachedInput: number, output: number, long?: ModelPrice['long']): ModelPrice => ({
  input,
  cachedInput,
  output,
  ...(long && { long }),
  asOf: '2026-07-02',
})

/** Five minutes is how long a cached prompt is kept unless more is asked for, which nothing here does. */
const claude = (input: number, fiveMinuteWrite: number, cachedInput: number, output: number): ModelPrice => ({
  input,
  cacheWrite: fiveMinuteWrite,
  cachedInput,
  output,
  asOf: '2026-10-24',
})

const gemini = (input: number, cachedInput: number, output: number, long?: ModelPrice['long']): ModelPrice => ({
  input,
  cachedInput,
  output,
  ...(long && { long }),
  asOf: '2026-07-02',
})

const groq = (input: number, output: number, cachedInput?: number): ModelPrice => ({
  input,
  output,
  ...(cachedInput !== undefined && { cachedInput }),
  asOf: '2026-07-02',
})

/**
 * Prices are those of the vendors' usual tier, in US dollars. Left out on purpose: prices that depend on the time of day
 * (DeepSeek), that have a part for each request (Perplexity), or whose step for long prompts could not be verified.
 */
export const KNOWN_MODELS: readonly KnownVendorModels[] = [
  {
    host: 'api.openai.com',
    source: 'https://developers.openai.com/api/docs/pricing',
    models: [
      {
        ids: ['gpt-5.5'],
        ...GPT_5_LONG,
        price: openai(5, 0.5, 30, { aboveTokens: 272_000, input: 10, cachedInput: 1, output: 45 }),
      },
      {
        ids: ['gpt-5.4'],
        ...GPT_5_LONG,
        price: openai(2.5, 0.25, 15, { aboveTokens: 272_000, input: 5, cachedInput: 0.5, output: 22.5 }),
      },
      { ids: ['gpt-5.4-mini'], ...GPT_5, price: openai(0.75, 0.075, 4.5) },
      { ids: ['gpt-5.4-nano'], ...GPT_5, price: openai(0.2, 0.02, 1.25) },
      { ids: ['gpt-5.2'], ...GPT_5, price: openai(1.75, 0.175, 14) },
      { ids: ['gpt-5.1', 'gpt-5', 'gpt-5-codex'], ...GPT_5, price: openai(1.25, 0.125, 10) },
      { ids: ['gpt-5-mini'], ...GPT_5, price: openai(0.25, 0.025, 2) },
      { ids: ['gpt-5-nano'], ...GPT_5, price: openai(0.05, 0.005, 0.4) },
      { ids: ['gpt-4.1'], ...GPT_4_1, price: openai(2, 0.5, 8) },
      { ids: ['gpt-4.1-mini'], ...GPT_4_1, price: openai(0.4, 0.1, 1.6) },
      { ids: ['gpt-4.1-nano'], ...GPT_4_1, price: openai(0.1, 0.025, 0.4) },
      { ids: ['gpt-4o'], ...GPT_4O, price: openai(2.5, 1.25, 10) },
      { ids: ['gpt-4o-mini'], ...GPT_4O, price: openai(0.15, 0.075, 0.6) },
      { ids: ['gpt-4o-2024-05-13'], ...GPT_4O, maxOutputTokens: 4_096, price: openai(5, 5, 15) },
      { ids: ['o3'], ...O_SERIES, price: openai(2, 0.5, 8) },
      { ids: ['o4-mini'], ...O_SERIES, price: openai(1.1, 0.275, 4.4) },
      {
        ids: ['o3-mini'],
        ...O_SERIES,
        capabilities: { ...O_SERIES.capabilities, images: false },
        price: openai(1.1, 0.55, 4.4),
      },
    ],
  },
  {
    host: 'api.anthropic.com',
    source: 'https://platform.claude.com/docs/en/about-claude/pricing',
    models: [
      { ids: ['claude-fable-5-1'], ...CLAUDE_LONG, price: claude(10, 12.5, 0.25, 50) },
      { ids: ['claude-fable-5'], ...CLAUDE_LONG, price: claude(10, 12.5, 1, 50) },
      { ids: ['claude-opus-5-5'], ...CLAUDE_LONG, price: claude(4, 5, 0.2, 20) },
      { ids: ['claude-opus-5', 'claude-opus-4-8'], ...CLAUDE_LONG, price: claude(5, 6.25, 0.5, 25) },
      { ids: ['claude-opus-4-7', 'claude-opus-4-6', 'claude-opus-4-5'], price: claude(5, 6.25, 0.5, 25) },
      { ids: ['claude-opus-4-1', 'claude-opus-4', 'claude-opus-4-0'], ...CLAUDE, price: claude(15, 18.75, 1.5, 75) },
      { ids: ['claude-sonnet-5-5'], ...CLAUDE_LONG, price: claude(2, 2.5, 0.1, 10) },
      { ids: ['claude-sonnet-5'], ...CLAUDE_LONG, price: claude(2, 2.5, 0.2, 10) },
      { ids: ['claude-sonnet-4-6', 'claude-sonnet-4-5'], price: claude(3, 3.75, 0.3, 15) },
      {
        ids: ['claude-haiku-5-5'],
        ...CLAUDE_LONG,
        price: {
          ...claude(0.1, 0.125, 0.01, 0.5),
          long: { aboveTokens: 100_000, input: 0.5, cacheWrite: 0.625, cachedInput: 0.05, output: 2.5 },
        },
      },
      { ids: ['claude-haiku-4-5'], ...CLAUDE, maxOutputTokens: 64_000, price: claude(1, 1.25, 0.1, 5) },
    ],
  },
  {
    host: 'generativelanguage.googleapis.com',
    source: 'https://ai.google.dev/gemini-api/docs/pricing',
    models: [
      {
        ids: ['gemini-2.5-pro'],
        price: gemini(1.25, 0.125, 10, { aboveTokens: 200_000, input: 2.5, cachedInput: 0.25, output: 15 }),
      },
      { ids: ['gemini-2.5-flash'], price: gemini(0.3, 0.03, 2.5) },
      { ids: ['gemini-2.5-flash-lite'], price: gemini(0.1, 0.01, 0.4) },
      {
        ids: ['gemini-3.1-pro-preview'],
        price: gemini(2, 0.2, 12, { aboveTokens: 200_000, input: 4, cachedInput: 0.4, output: 18 }),
      },
      { ids: ['gemini-3-flash-preview'], price: gemini(0.5, 0.05, 3) },
      { ids: ['gemini-3.1-flash-lite'], price: gemini(0.25, 0.025, 1.5) },
      { ids: ['gemini-3.5-flash'], price: gemini(1.5, 0.15, 9) },
    ],
  },
  {
    host: 'api.mistral.ai',
    source: 'https://docs.mistral.ai/inference/pricing',
    models: [
      {
        ids: ['mistral-medium-2604', 'mistral-medium-3.5'],
        price: { input: 1.5, cachedInput: 0.15, output: 7.5, asOf: '2026-09-29' },
      },
      { ids: ['mistral-large-2512'], price: { input: 0.5, output: 1.5, asOf: '2026-07-02' } },
      { ids: ['mistral-small-2603'], price: { input: 0.15, output: 0.6, asOf: '2026-07-02' } },
    ],
  },
  {
    host: 'api.groq.com',
    source: 'https://console.groq.com/docs/models',
    models: [
      { ids: ['openai/gpt-oss-120b'], maxOutputTokens: 65_536, price: groq(0.15, 0.6, 0.075) },
      { ids: ['openai/gpt-oss-20b'], maxOutputTokens: 65_536, price: groq(0.075, 0.3, 0.0375) },
      { ids: ['llama-3.3-70b-versatile'], capabilities: { images: false }, price: groq(0.59, 0.79) },
      { ids: ['llama-3.1-8b-instant'], capabilities: { images: false }, price: groq(0.05, 0.08) },
    ],
  },
  {
    host: 'api.deepseek.com',
    source: 'https://api-docs.deepseek.com/quick_start/pricing',
    models: [
      { ids: ['deepseek-flash'], ...DEEPSEEK, capabilities: { images: true, tools: true, reasoning: true } },
      { ids: ['deepseek-v4-pro'], ...DEEPSEEK, capabilities: { images: false, tools: true, reasoning: true } },
    ],
  },
]

/** `-2026-01-31`, `-20260131`: the same model, as it was on that day. */
const DATED = /-(?:\d{4}-\d{2}-\d{2}|\d{8})$/

/** What is known of a model at this address; undefined for all others. */
export function knownModel(baseUrl: string, model: string): KnownModel | undefined {
  const host = URL.parse(baseUrl)?.hostname
  const models = KNOWN_MODELS.find((vendor) => vendor.host === host)?.models ?? []
  // Gemini's list names its models with their folder.
  const name = model.replace(/^models\//, '')
  return models.find(({ ids }) => ids.includes(name)) ?? models.find(({ ids }) => ids.includes(name.replace(DATED, '')))
}
