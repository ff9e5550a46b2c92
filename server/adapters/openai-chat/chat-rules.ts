import { effortField, type ReasoningTerms } from './reasoning-terms.ts'

/** Name of a parameter as our API calls it; `images` for images in the conversation. */
export type ParameterName =
  | 'temperature'
  | 'topP'
  | 'maxOutputTokens'
  | 'stop'
  | 'seed'
  | 'thinking'
  | 'reasoningEffort'
  | 'reasoningBudget'
  | 'responseFormat'
  | 'tools'
  | 'toolChoice'

/** What a vendor or one of its models wants said differently, or not at all. */
export interface ChatRules {
  tokenLimitParameter: 'max_tokens' | 'max_completion_tokens'
  seedParameter: 'seed' | 'random_seed'
  /** False where the usage comes unasked and asking for it is refused. */
  asksForUsage: boolean
  /** Parameters that are refused, or taken and ignored. */
  refuses: readonly ParameterName[]
  /** The same while the model thinks, which it does wherever that was not switched off. */
  refusesThinking: readonly ParameterName[]
  /** Stop sequences that are taken. */
  maxStops: number
  reasoning: ReasoningTerms
  /** That tool calls are refused unless the model is told not to think. */
  toolsForbidThinking: boolean
  /** Ways to ask for JSON that are known. */
  responseFormats: readonly ('json' | 'json-schema')[]
  /** What may be wished of tools, beside `auto`. */
  toolChoices: readonly ('none' | 'required' | 'name')[]
  images: boolean
  /** The content part that takes a PDF; absent where none does. */
  document?: 'file' | 'document_url' | 'file_url' | undefined
  /** Earlier reasoning that is wanted back in turns in which tools were called. */
  reasoningBack?: ReasoningBack
  /** What tool call ids must look like; others are replaced. */
  toolCallId: RegExp
  /** Fields of every request, and of those with tools. */
  always: Fields
  withTools: Fields
  /** What asks for a kept prompt, where it is not kept by itself; the key is the same for all turns of a conversation. */
  cachePrompt?: (conversationKey: string) => Fields
}

export interface ReasoningBack {
  /** The field of the assistant's message, or Mistral's content parts. */
  as: 'reasoning_content' | 'reasoning' | 'reasoning_details' | 'thinking-parts'
  /** Only since the last question, or from the beginning. */
  turns: 'current' | 'all'
  /** Wanted also where there was none. */
  evenEmpty?: boolean
}

export type Fields = Readonly<Record<string, unknown>>

/** A server that does as OpenAI's documentation says, without what that has for its own models. */
export const PLAIN_RULES: ChatRules = {
  tokenLimitParameter: 'max_tokens',
  seedParameter: 'seed',
  asksForUsage: true,
  refuses: [],
  refusesThinking: [],
  maxStops: Infinity,
  reasoning: { efforts: ['low', 'medium', 'high'], effort: effortField },
  toolsForbidThinking: false,
  responseFormats: ['json', 'json-schema'],
  toolChoices: ['none', 'required', 'name'],
  images: true,
  toolCallId: /^.{1,40}$/s,
  always: {},
  withTools: {},
}

/** Rules for the models whose names match; where several do, the later ones win. */
export interface ModelRules {
  match: RegExp
  rules: Partial<ChatRules>
}

export function rulesFor(vendor: { rules: ChatRules; models: readonly ModelRules[] }, model: string): ChatRules {
  let rules = vendor.rules
  for (const { match, rules: own } of vendor.models) if (match.test(model)) rules = { ...rules, ...own }
  return rules
}
