import type { MessagePart, ReasoningEffort } from '#protocol/messages.ts'

/** What a generation is for. */
export type GenerationPurpose = 'answer' | 'title'

/** Where a generation came from: the page and native API, or the dialect that asked. */
export type GenerationOrigin = 'native' | 'openai' | 'ai-sdk' | 'compat'

/** What it means for a generation that its readers have gone: it goes on, or it is stopped after a grace. */
export type OnDisconnect = 'continue' | 'stop'

/** Sampling parameters, each only when the person or program set it. */
export interface GenerationParameters {
  temperature?: number
  topP?: number
  maxOutputTokens?: number
  stop?: string[]
  seed?: number
  /** Whether a thinking phase is wanted; absent leaves it to the model. */
  thinking?: boolean
  /** How much to think, in words. With `thinking: false` it says nothing. */
  reasoningEffort?: ReasoningEffort
  /** How many tokens to think at most. Where both are given, an adapter takes the one that its vendor knows. */
  reasoningBudget?: number
  responseFormat?: ResponseFormat
  tools?: ToolDefinition[]
  /** Absent leaves it to the model; `name` wants that tool called. */
  toolChoice?: 'auto' | 'none' | 'required' | { name: string }
  /** Whether the vendor may keep the prompt in its cache, where that has to be asked for; absent is no. */
  cachePrompt?: boolean
}

export type ResponseFormat =
  | { type: 'text' }
  | { type: 'json' }
  | { type: 'json-schema'; name: string; schema: Record<string, unknown>; strict?: boolean }

/** A tool that the model may call; its calls are handed to whoever asked. */
export interface ToolDefinition {
  name: string
  description?: string
  /** A JSON schema of the arguments object. */
  parameters: Record<string, unknown>
}

/**
 * What was asked for, frozen when it was asked: a later edit of the conversation or of the settings changes nothing. The
 * branch is named by its leaf because messages are immutable once they are in the tree.
 */
export interface GenerationRequest {
  /** Provider instance id, such as `openai` or `demo`. */
  provider: string
  /** The model's name at that provider. */
  model: string
  /** The name as the client wrote it; replies echo it. */
  requestedModel: string
  systemPrompt?: string
  parameters: GenerationParameters
  branch: { leafId: string } | { messages: BranchMessage[] }
  /** Whom to ask, in this order, where the model before fails before its first word. None of them twice. */
  fallbacks?: ModelChoice[]
  /** Who is to write a title once this answer is complete, if the conversation still needs one. */
  title?: { provider: string; model: string; requestedModel: string }
}

/** A model of a provider instance. */
export interface ModelChoice {
  provider: string
  model: string
}

export function isSameModel(one: ModelChoice, other: ModelChoice): boolean {
  return one.provider === other.provider && one.model === other.model
}

export interface BranchMessage {
  role: 'user' | 'assistant' | 'system' | 'tool'
  parts: MessagePart[]
}
