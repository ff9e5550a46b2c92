import type { Usage } from '#protocol/events.ts'
import type { GenerationError } from '#protocol/provider-error.ts'

/** One line of a conversation, in the runtime's own form (`ChatHistoryItem`). */
export type HistoryItem =
  | { type: 'system' | 'user'; text: string }
  | { type: 'model'; response: (string | HistoryToolCall)[] }

export interface HistoryToolCall {
  type: 'functionCall'
  name: string
  params: unknown
  result: unknown
}

/** What a model is asked, and how. */
export interface ModelPrompt {
  history: HistoryItem[]
  temperature?: number
  topP?: number
  seed?: number
  stop?: string[]
  maxTokens?: number
  /** Tokens that it may think for. */
  thoughtTokens?: number
  /** A JSON schema that the answer has to keep to; `{}` for any JSON object. */
  schema?: Record<string, unknown>
}

/** What a child loads, once, before its first answer. */
export interface ChildTask {
  /** Where the runtime is imported from. */
  runtime: string
  modelPath: string
  modelName: string
  /** Most tokens of its context. */
  contextTokens: number
}

export type ToChild =
  /** Comes first. */
  | { kind: 'load'; task: ChildTask }
  /** Never while another is being answered. */
  | { kind: 'ask'; id: number; prompt: ModelPrompt }
  | { kind: 'stop'; id: number }

export interface Written {
  type: 'text' | 'thought' | 'thought-end'
  text: string
  tokens: number
}

/** Every `ask` is answered with any number of `wrote` and then one `ended` or `failed`. */
export type FromChild =
  | { kind: 'left-out'; id: number; parameters: string[] }
  | { kind: 'wrote'; id: number; written: Written[] }
  | { kind: 'ended'; id: number; reason: 'stop' | 'length' | 'stopped'; rawReason: string; usage: Usage }
  | { kind: 'failed'; id: number; error: GenerationError }
  /** The runtime itself cannot be loaded. */
  | { kind: 'unusable'; id: number; reason: string }
