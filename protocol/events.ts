import type { GenerationError } from './provider-error.ts'

/** Version of the event payloads below; stored with every event so that old logs stay readable. */
export const EVENT_VERSION = 1

export const FINISH_REASONS = ['stop', 'length', 'tool-calls', 'content-filter', 'pause', 'error', 'other'] as const
export type FinishReason = (typeof FINISH_REASONS)[number]

/** Token counts as the provider reported them; a count that it did not report is absent, never guessed. */
export interface Usage {
  inputTokens?: number
  outputTokens?: number
  /** The part of `inputTokens` that came from the provider's prompt cache. */
  cachedInputTokens?: number
  /** The part of `inputTokens` that was written into the provider's prompt cache, where that costs extra. */
  cacheWriteTokens?: number
  /** The part of `outputTokens` that was reasoning. */
  reasoningTokens?: number
  /** What the answer cost in US dollars: as the provider billed it, else from known prices; absent where neither is known. */
  costUsd?: number
}

/** Opaque data of a provider that must travel back with the part it came with (signatures, ids). */
export type ProviderMetadata = Record<string, unknown>

export const ATTEMPT_REASONS = ['first', 'worker-lost', 'drained', 'resumed'] as const
export type AttemptReason = (typeof ATTEMPT_REASONS)[number]

/**
 * First event of every attempt. When an earlier attempt wrote something visible, that text is superseded from here on:
 * it stays in the log and becomes a version that one can open.
 */
export interface AttemptStartEvent {
  type: 'attempt-start'
  attempt: number
  reason: AttemptReason
  provider: string
  model: string
}

/** What the answer is waiting for. Codes and parameters only: the page owns the words. */
export interface StateEvent {
  type: 'state'
  code: 'connecting' | 'waiting' | 'recovering'
  /** `waiting`: when the next try starts, milliseconds UTC. */
  untilMs?: number
  /** `waiting`: number of the next try of this model in this attempt; 1 where it was not asked yet. */
  tryNumber?: number
  /** `waiting`: what the provider said. */
  error?: GenerationError
}

/**
 * Deltas say of how many pieces of the model's they were joined, absent for one; 0 where one goes on that was too long for
 * one row. Models nearly always send one token a piece, so the sum is how many tokens were written, also where the provider
 * never says.
 */
interface Joined {
  pieces?: number
}

export interface TextDeltaEvent extends Joined {
  type: 'text-delta'
  text: string
}

export interface ReasoningDeltaEvent extends Joined {
  type: 'reasoning-delta'
  text: string
}

/** Closes the open reasoning part; the next `reasoning-delta` opens a new one. */
export interface ReasoningEndEvent {
  type: 'reasoning-end'
  providerMetadata?: ProviderMetadata
}

/**
 * Closes the last part, whatever it is: opaque data that its provider wants back with it. Adds to what the part holds
 * already. Without any part it says nothing.
 */
export interface PartMetadataEvent {
  type: 'part-metadata'
  providerMetadata: ProviderMetadata
}

/** The model declined, in its own words; shown as the answer. */
export interface RefusalDeltaEvent extends Joined {
  type: 'refusal-delta'
  text: string
}

/** A whole tool call; never sent in pieces. `arguments` is the JSON text exactly as the model wrote it. */
export interface ToolCallEvent {
  type: 'tool-call'
  toolCallId: string
  name: string
  arguments: string
  providerMetadata?: ProviderMetadata
}

export interface SourceEvent {
  type: 'source'
  url: string
  title?: string
}

/** Replaces every earlier usage of this attempt. */
export interface UsageEvent {
  type: 'usage'
  usage: Usage
}

/** A handle with which a later attempt can resume the same response at the provider. */
export interface ProviderHandleEvent {
  type: 'provider-handle'
  handle: string
}

/**
 * What was asked for and not sent, because the provider or the model does not take it: names of parameters as in the API.
 * Replaces an earlier one of this attempt.
 */
export interface LeftOutEvent {
  type: 'left-out'
  parameters: string[]
}

/**
 * The answer now comes from another model than the one asked for. An attempt that goes on with it begins by saying so again:
 * `attempt-start` always names the model that was asked for.
 */
export interface ModelSwitchEvent {
  type: 'model-switch'
  provider: string
  model: string
  /** The kind of failure that the model before ended in, where there was one. */
  reason: string
}

/** The one terminal event; appending it seals the log. */
export interface EndEvent {
  type: 'end'
  status: 'completed' | 'failed' | 'cancelled'
  finishReason?: FinishReason
  /** The finish reason in the provider's own word. */
  rawFinishReason?: string
  /** The provider's own words for why it finished so, such as what its filter found. */
  finishDetail?: string
  /** Present exactly when `status` is `failed`. */
  error?: GenerationError
  /** Milliseconds UTC at which the upstream request was closed; present when there was one. */
  upstreamClosedAt?: number
  cancelledBy?: 'user' | 'disconnect' | 'shutdown'
}

type EventBody =
  | AttemptStartEvent
  | StateEvent
  | TextDeltaEvent
  | ReasoningDeltaEvent
  | ReasoningEndEvent
  | PartMetadataEvent
  | RefusalDeltaEvent
  | ToolCallEvent
  | SourceEvent
  | UsageEvent
  | ProviderHandleEvent
  | LeftOutEvent
  | ModelSwitchEvent
  | EndEvent

/** One entry of a generation's log, without its place. `at` is milliseconds UTC on the writer's clock. */
export type GenerationEvent = EventBody & { at: number }

/**
 * The deltas, which a writer that falls behind may join: `a` then `b` of one type equal one event with `a + b` and the
 * pieces of both.
 */
export type DeltaEvent = Extract<GenerationEvent, { text: string }>

export function piecesOf(delta: { pieces?: number }): number {
  return delta.pieces ?? 1
}

export function isDelta(event: GenerationEvent): event is DeltaEvent {
  return event.type === 'text-delta' || event.type === 'reasoning-delta' || event.type === 'refusal-delta'
}

/** Whether a person would see the event as part of the answer: once one was logged, a silent new start is forbidden. */
export function isVisible(event: GenerationEvent): boolean {
  return isDelta(event) || event.type === 'tool-call' || event.type === 'source'
}
