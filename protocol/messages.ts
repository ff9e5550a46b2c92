import type { AttemptReason, FinishReason, ProviderMetadata, Usage } from './events.ts'
import type { GenerationError } from './provider-error.ts'

/** What a message is made of. Every part may carry metadata that its provider wants back unchanged. */
export type MessagePart = (
  | { type: 'text'; text: string }
  | { type: 'reasoning'; text: string; startedAt?: number; endedAt?: number }
  | { type: 'refusal'; text: string }
  | { type: 'image'; fileId: string; mediaType: string; alt?: string }
  | { type: 'file'; fileId: string; mediaType: string; name: string }
  | { type: 'source'; url: string; title?: string }
  | { type: 'tool-call'; toolCallId: string; name: string; arguments: string }
  | { type: 'tool-result'; toolCallId: string; content: string; isError?: boolean }
  | { type: 'data'; name: string; data: unknown }
) & { providerMetadata?: ProviderMetadata }

/** What a question is made of. */
export type QuestionPart = Extract<MessagePart, { type: 'text' | 'image' | 'file' | 'tool-result' }>

export const REASONING_EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'max'] as const
export type ReasoningEffort = (typeof REASONING_EFFORTS)[number]

export const GENERATION_STATUSES = [
  'queued',
  'running',
  'waiting',
  'recovering',
  'completed',
  'failed',
  'cancelled',
] as const
export type GenerationStatus = (typeof GENERATION_STATUSES)[number]

/** What an earlier attempt had written when a later one superseded it. */
export interface SupersededAttempt {
  attempt: number
  parts: MessagePart[]
  /** As in `AnswerMetrics`. */
  pieces?: number
}

/** Measured facts of one answer; times in milliseconds. */
export interface AnswerMetrics {
  startedAt?: number
  firstTokenAt?: number
  endedAt?: number
  usage?: Usage
  /** In how many pieces the model wrote what is in `parts`: nearly always one token each. Absent before the first. */
  pieces?: number
}

/** The state of an answer, as it is folded from its log. */
export interface Answer {
  status: GenerationStatus
  parts: MessagePart[]
  attempt: number
  /** Why the current attempt was started. */
  attemptReason?: AttemptReason
  /** Earlier attempts that had written something visible, oldest first. */
  superseded: SupersededAttempt[]
  /** The attempt that wrote `parts`, where it is not the last one: after a final failure the longest is kept. */
  keptAttempt?: number
  provider?: string
  model?: string
  /** Set while `status` is `waiting` or before the first token. */
  phase?: {
    code: 'connecting' | 'waiting' | 'recovering'
    untilMs?: number
    tryNumber?: number
    error?: GenerationError
  }
  finishReason?: FinishReason
  /** The provider's own words for why it finished so. */
  finishDetail?: string
  error?: GenerationError
  /** Parameters that were asked for and not sent, because the provider or the model does not take them. */
  leftOut?: string[]
  switchedFrom?: { provider: string; model: string; reason: string }
  cancelledBy?: 'user' | 'disconnect' | 'shutdown'
  upstreamClosedAt?: number
  metrics: AnswerMetrics
}

/** The plain text of an answer: its text and refusal parts joined. */
export function plainText(parts: readonly MessagePart[]): string {
  let text = ''
  for (const part of parts) if (part.type === 'text' || part.type === 'refusal') text += part.text
  return text
}
