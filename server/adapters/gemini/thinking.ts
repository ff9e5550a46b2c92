import type { ReasoningEffort } from '#protocol/messages.ts'
import type { GenerationParameters } from '#server/domain/generation.ts'
import type { ProviderRequest } from '#server/ports/provider.ts'
import { modelGeneration } from './model-generation.ts'

export interface ThinkingConfig {
  includeThoughts?: boolean
  /** Gemini 2.5: 0 is off, -1 as much as the model likes. */
  thinkingBudget?: number
  /** Gemini 3 and later, which cannot be kept from thinking altogether. */
  thinkingLevel?: 'minimal' | 'low' | 'medium' | 'high'
}

type Wish = ReasoningEffort | number | undefined

/**
 * How much the model is to think, in the terms of its generation (https://ai.google.dev/gemini-api/docs/thinking), and that
 * its thoughts are to be seen. Models that do not think refuse every word about it, so none is said to them.
 */
export function toThinkingConfig({
  model,
  parameters,
  known,
}: Pick<ProviderRequest, 'model' | 'parameters' | 'known'>): {
  config: ThinkingConfig | undefined
  leftOut: string[]
} {
  const generation = modelGeneration(model) ?? 0
  const thinks = known?.capabilities?.reasoning ?? thinksByName(model, generation)
  const wish = readWish(parameters, generation)
  if (!thinks) return { config: undefined, leftOut: isOff(wish) ? [] : wished(parameters) }
  const config: ThinkingConfig = isOff(wish) ? {} : { includeThoughts: true }
  if (wish === undefined) return { config: parameters.thinking ? switchedOn(config, model) : config, leftOut: [] }
  if (generation >= 3) {
    config.thinkingLevel = toLevel(wish, lowestLevel(model))
    return { config, leftOut: isOff(wish) && config.thinkingLevel !== 'minimal' ? wished(parameters) : [] }
  }
  if (generation < 2.5) return { config: isOff(wish) ? undefined : config, leftOut: wished(parameters) }
  config.thinkingBudget = toBudget(wish, model)
  return { config, leftOut: isOff(wish) && config.thinkingBudget > 0 ? wished(parameters) : [] }
}

/** The smallest models do not think unless they are told to. */
function switchedOn(config: ThinkingConfig, model: string): ThinkingConfig {
  if (!model.includes('-lite')) return config
  return (modelGeneration(model) ?? 0) >= 3
    ? { ...config, thinkingLevel: 'medium' }
    : { ...config, thinkingBudget: ANY_BUDGET }
}

function thinksByName(model: string, generation: number): boolean {
  return generation >= 2.5 && !/-(image|tts|live|native-audio|computer-use)/.test(model)
}

/** Words for the models that are told in words, numbers for those that count, whichever was said. */
function readWish({ thinking, reasoningEffort, reasoningBudget }: GenerationParameters, generation: number): Wish {
  if (thinking === false) return 'none'
  const inOwnTerms = generation >= 3 ? reasoningEffort : reasoningBudget
  return inOwnTerms ?? reasoningEffort ?? reasoningBudget
}

function isOff(wish: Wish): boolean {
  return wish === 'none' || wish === 0
}

/** The names of the parameters that spoke of thinking. */
function wished({ thinking, reasoningEffort, reasoningBudget }: GenerationParameters): string[] {
  if (thinking === false) return ['thinking']
  const names: string[] = []
  if (thinking !== undefined) names.push('thinking')
  if (reasoningEffort !== undefined) names.push('reasoningEffort')
  if (reasoningBudget !== undefined) names.push('reasoningBudget')
  return names
}

function toLevel(wish: ReasoningEffort | number, lowest: 'minimal' | 'low') {
  const effort = typeof wish === 'number' ? effortOfBudget(wish) : wish
  if (effort === 'max') return 'high'
  return effort === 'none' || effort === 'minimal' ? lowest : effort
}

function effortOfBudget(tokens: number): ReasoningEffort {
  if (tokens < BUDGETS.low) return 'minimal'
  if (tokens < BUDGETS.medium) return 'low'
  return tokens < BUDGETS.high ? 'medium' : 'high'
}

/** The level `minimal` is unknown to the Pro models, and to Flash from 3.7 on. */
function lowestLevel(model: string): 'minimal' | 'low' {
  if (/-pro\b/.test(model)) return 'low'
  const generation = modelGeneration(model) ?? 0
  return generation >= 3.7 && !model.includes('-flash-lite') ? 'low' : 'minimal'
}

/** As much as the model likes. */
const ANY_BUDGET = -1
/** As Google's own compatible interface translates `reasoning_effort`. */
const BUDGETS = { none: 0, minimal: 1_024, low: 1_024, medium: 8_192, high: 24_576, max: 32_768 }

function toBudget(wish: ReasoningEffort | number, model: string): number {
  const wanted = typeof wish === 'number' ? wish : BUDGETS[wish]
  if (model.includes('-pro')) return Math.min(Math.max(wanted, 128), 32_768)
  if (wanted === 0) return 0
  return Math.min(Math.max(wanted, model.includes('-lite') ? 512 : 1), 24_576)
}
