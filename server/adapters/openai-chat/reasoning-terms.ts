import type { ReasoningEffort } from '#protocol/messages.ts'
import type { GenerationParameters } from '#server/domain/generation.ts'
import type { Fields, ParameterName } from './chat-rules.ts'

/** How much a vendor can be told to think, in its own words, from none to most. */
export type EffortWord = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max'

/** How a vendor is told whether and how much to think. What is absent it does not know. */
export interface ReasoningTerms {
  /** Switches thinking on, as much as the model likes. */
  on?: Fields
  off?: Fields
  /** Thinks anyhow: it can only be asked for the least. */
  alwaysThinks?: boolean
  efforts?: readonly EffortWord[]
  effort?: (word: EffortWord) => Fields
  /** At most so many tokens. */
  budget?: (tokens: number) => Fields
}

export interface ReasoningRequest {
  fields: Fields
  /** Whether the model was told not to think. */
  isOff: boolean
  leftOut: ParameterName[]
}

type Wish = Pick<GenerationParameters, 'thinking' | 'reasoningEffort' | 'reasoningBudget'>

/**
 * A wish for reasoning in the vendor's terms. An effort that it has no word for becomes the next stronger one, else its
 * strongest; tokens become a word, or a word tokens, where it knows only the other. Where thinking cannot be switched off,
 * the least is asked for, and that is said.
 */
export function reasoningFields(wish: Wish, terms: ReasoningTerms): ReasoningRequest {
  const { thinking, reasoningEffort, reasoningBudget } = wish
  if (thinking === false) return switchOff(terms, 'thinking')
  if (reasoningEffort === 'none') return switchOff(terms, 'reasoningEffort')
  if (reasoningEffort !== undefined && terms.effort)
    return sent(terms.effort(wordFor(reasoningEffort, terms.efforts ?? [])))
  if (reasoningBudget !== undefined && terms.budget) return sent(terms.budget(reasoningBudget))
  if (reasoningBudget !== undefined && terms.effort)
    return sent(terms.effort(wordFor(effortOfTokens(reasoningBudget), terms.efforts ?? [])))
  if (reasoningEffort !== undefined && terms.budget) return sent(terms.budget(TOKENS_OF_EFFORT[reasoningEffort]))
  const wished = thinking === true || reasoningEffort !== undefined || reasoningBudget !== undefined
  const leftOut: ParameterName[] = []
  if (reasoningEffort !== undefined) leftOut.push('reasoningEffort')
  if (reasoningBudget !== undefined) leftOut.push('reasoningBudget')
  if (thinking === true && !terms.on && !terms.alwaysThinks) leftOut.push('thinking')
  return { fields: wished && terms.on ? terms.on : {}, isOff: false, leftOut }
}

function sent(fields: Fields): ReasoningRequest {
  return { fields, isOff: false, leftOut: [] }
}

function switchOff(terms: ReasoningTerms, wished: ParameterName): ReasoningRequest {
  if (terms.off) return { fields: terms.off, isOff: true, leftOut: [] }
  const [least] = terms.efforts ?? []
  if (least === 'none' && terms.effort) return { fields: terms.effort(least), isOff: true, leftOut: [] }
  const asksForLeast = terms.alwaysThinks && least !== undefined && terms.effort
  return { fields: asksForLeast ? asksForLeast(least) : {}, isOff: false, leftOut: [wished] }
}

const STRENGTH: readonly EffortWord[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']

function wordFor(effort: ReasoningEffort, known: readonly EffortWord[]): EffortWord {
  const words = known.filter((word) => word !== 'none')
  const wanted = STRENGTH.indexOf(effort)
  return words.find((word) => STRENGTH.indexOf(word) >= wanted) ?? words.at(-1) ?? effort
}

const TOKENS_OF_EFFORT: Record<ReasoningEffort, number> = {
  none: 0,
  minimal: 1_024,
  low: 2_048,
  medium: 8_192,
  high: 24_576,
  max: 65_536,
}

function effortOfTokens(tokens: number): ReasoningEffort {
  if (tokens <= TOKENS_OF_EFFORT.low) return 'low'
  if (tokens <= TOKENS_OF_EFFORT.medium) return 'medium'
  return tokens <= TOKENS_OF_EFFORT.high ? 'high' : 'max'
}

/** OpenAI's field, which many have taken over. */
export function effortField(word: EffortWord): Fields {
  return { reasoning_effort: word }
}

export function thinkingType(): Required<Pick<ReasoningTerms, 'on' | 'off'>> {
  return { on: { thinking: { type: 'enabled' } }, off: { thinking: { type: 'disabled' } } }
}

/** Servers that hand switches on to the model's own chat template; templates know the one name or the other. */
export function templateSwitch(): Required<Pick<ReasoningTerms, 'on' | 'off'>> {
  return {
    on: { chat_template_kwargs: { enable_thinking: true, thinking: true } },
    off: { chat_template_kwargs: { enable_thinking: false, thinking: false } },
  }
}
