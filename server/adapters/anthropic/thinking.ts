import type { ReasoningEffort } from '#protocol/messages.ts'
import type { GenerationParameters } from '#server/domain/generation.ts'
import type { ClaudeModel } from './claude-models.ts'

export interface Thinking {
  /** The field of that name; absent leaves it to the model. */
  field?: ThinkingField
  /** `output_config.effort`. */
  effort?: Effort
  /** Parameters that are not obeyed. */
  leftOut: string[]
}

export type ThinkingField =
  | { type: 'disabled' }
  | { type: 'enabled'; budget_tokens: number }
  // Newer models keep their thoughts to themselves unless they are asked for a summary.
  | { type: 'adaptive'; display: 'summarized'; block_binding?: { prefix_mismatch_behavior: 'drop_block' } }

type Effort = 'low' | 'medium' | 'high' | 'max'

/** The least that the API takes. */
const MIN_BUDGET_TOKENS = 1_024

const BUDGETS: Record<Exclude<ReasoningEffort, 'none'>, number> = {
  minimal: MIN_BUDGET_TOKENS,
  low: 2_048,
  medium: 8_192,
  high: 16_384,
  max: 31_999,
}

/**
 * How much to think, in the words of the model. Older ones count tokens, which must be fewer than `maxTokens`; newer ones
 * take an effort. `canBegin` says whether the conversation allows older models to think at all.
 */
export function toThinking(
  parameters: GenerationParameters,
  model: ClaudeModel,
  maxTokens: number,
  canBegin: boolean,
): Thinking {
  const wish = wishFor(parameters)
  if (wish === 'off') return off(parameters, model)
  const isAdaptive = model.thinking === 'adaptive' || model.thinking === 'always'
  if (wish === undefined)
    return isAdaptive && model.thinksUnasked ? { field: adaptive(), leftOut: [] } : { leftOut: [] }
  if (isAdaptive) return { field: adaptive(), ...effortOf(parameters), leftOut: [] }
  const budget = model.thinking === 'budget' && canBegin ? budgetOf(parameters, maxTokens) : undefined
  if (budget === undefined) return { leftOut: asked(parameters) }
  return { field: { type: 'enabled', budget_tokens: budget }, leftOut: [] }
}

function wishFor({ thinking, reasoningEffort, reasoningBudget }: GenerationParameters): 'on' | 'off' | undefined {
  if (thinking === false || (thinking === undefined && reasoningEffort === 'none')) return 'off'
  return thinking === true || reasoningEffort !== undefined || reasoningBudget !== undefined ? 'on' : undefined
}

function off(parameters: GenerationParameters, { thinking }: ClaudeModel): Thinking {
  if (thinking === 'none') return { leftOut: [] }
  if (thinking !== 'always') return { field: { type: 'disabled' }, leftOut: [] }
  return { field: adaptive(), effort: 'low', leftOut: asked(parameters) }
}

function adaptive(): ThinkingField {
  return { type: 'adaptive', display: 'summarized' }
}

function effortOf({ reasoningEffort: wanted, reasoningBudget: budget }: GenerationParameters): { effort?: Effort } {
  if (wanted !== undefined && wanted !== 'none') return { effort: wanted === 'minimal' ? 'low' : wanted }
  if (budget === undefined) return {}
  if (budget <= BUDGETS.low) return { effort: 'low' }
  if (budget <= BUDGETS.medium) return { effort: 'medium' }
  return { effort: budget <= BUDGETS.max ? 'high' : 'max' }
}

/** At most half of the answer, where more is asked for than there is; undefined where that is too little. */
function budgetOf(parameters: GenerationParameters, maxTokens: number): number | undefined {
  const { reasoningEffort: effort = 'medium', reasoningBudget } = parameters
  const wanted = reasoningBudget ?? BUDGETS[effort === 'none' ? 'medium' : effort]
  const most = wanted < maxTokens ? wanted : Math.floor(maxTokens / 2)
  const budget = Math.max(MIN_BUDGET_TOKENS, most)
  return budget < maxTokens ? budget : undefined
}

/** Which of the parameters about thinking were given. */
function asked({ thinking, reasoningEffort, reasoningBudget }: GenerationParameters): string[] {
  const names: string[] = []
  if (thinking !== undefined) names.push('thinking')
  if (reasoningEffort !== undefined) names.push('reasoningEffort')
  if (reasoningBudget !== undefined) names.push('reasoningBudget')
  return names
}
