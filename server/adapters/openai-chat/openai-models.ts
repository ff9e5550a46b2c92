import type { ModelRules } from './chat-rules.ts'
import { effortField, type EffortWord } from './reasoning-terms.ts'

/**
 * What OpenAI's own models want (guide "Reasoning models", and "Parameter compatibility" of each GPT-5.x): those that think
 * take no sampling parameters but where their effort is `none`, and no stop sequences at all; those before GPT-5.1 cannot
 * be kept from thinking; from GPT-5.4 on, Chat Completions takes tools only without thinking. Those that search take
 * no sampling parameters either.
 */
export const OPENAI_MODELS: readonly ModelRules[] = [
  { match: /^o[1-9](?!\d)/, rules: thinkingModel('low', 'medium', 'high') },
  { match: /^gpt-5(?!\.\d)/, rules: thinkingModel('minimal', 'low', 'medium', 'high') },
  { match: /^gpt-5\.1(?!\d)/, rules: thinkingModel('none', 'low', 'medium', 'high') },
  { match: /^gpt-5\.[2-9]/, rules: thinkingModel('none', 'low', 'medium', 'high', 'xhigh') },
  { match: /^gpt-5\.[6-9]/, rules: thinkingModel('none', 'low', 'medium', 'high', 'xhigh', 'max') },
  { match: /^gpt-5\.[4-9]/, rules: { toolsForbidThinking: true } },
  { match: /^gpt-([6-9]|\d\d)/, rules: thinkingModel('low', 'medium', 'high', 'xhigh', 'max') },
  { match: /^gpt-4o.*-search-preview/, rules: { refuses: ['temperature', 'topP'] } },
  { match: /^gpt-5-chat/, rules: { refuses: [], refusesThinking: [], reasoning: {} } },
]

function thinkingModel(...efforts: EffortWord[]): ModelRules['rules'] {
  // Those that know `none` do not think of their own accord.
  const start = efforts.includes('none') ? { on: effortField('medium') } : { alwaysThinks: true }
  const reasoning = { ...start, efforts, effort: effortField }
  return { refuses: ['stop'], refusesThinking: ['temperature', 'topP'], reasoning }
}
