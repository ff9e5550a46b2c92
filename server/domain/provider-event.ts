import type {
  FinishReason,
  LeftOutEvent,
  ModelSwitchEvent,
  PartMetadataEvent,
  ProviderHandleEvent,
  ReasoningDeltaEvent,
  ReasoningEndEvent,
  RefusalDeltaEvent,
  SourceEvent,
  TextDeltaEvent,
  ToolCallEvent,
  UsageEvent,
} from '#protocol/events.ts'
import type { GenerationError } from '#protocol/provider-error.ts'

export interface FinishEvent {
  type: 'finish'
  reason: FinishReason
  rawReason?: string
  /** The vendor's own words for why it finished so, where it says more than the reason. */
  detail?: string
}

export interface ErrorEvent {
  type: 'error'
  error: GenerationError
}

/** What a provider says about one answer. `finish` and `error` are terminal: exactly one of them comes, and it comes last. */
export type ProviderEvent =
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
  | FinishEvent
  | ErrorEvent
