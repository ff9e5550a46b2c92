import type { FinishReason } from '#protocol/events.ts'

/** As the API reference lists them (`Candidate.FinishReason`), and the reasons of a blocked prompt (`BlockReason`). */
const REASONS: ReadonlyMap<string, FinishReason> = new Map(
  Object.entries<FinishReason>({
    STOP: 'stop',
    MAX_TOKENS: 'length',
    // What one request may write is used up, though more tokens were allowed.
    CONTINUATION: 'length',
    SAFETY: 'content-filter',
    RECITATION: 'content-filter',
    LANGUAGE: 'content-filter',
    BLOCKLIST: 'content-filter',
    PROHIBITED_CONTENT: 'content-filter',
    SPII: 'content-filter',
    MODEL_ARMOR: 'content-filter',
    JAILBREAK: 'content-filter',
    IMAGE_SAFETY: 'content-filter',
    IMAGE_PROHIBITED_CONTENT: 'content-filter',
    IMAGE_RECITATION: 'content-filter',
    MALFORMED_FUNCTION_CALL: 'error',
    MALFORMED_RESPONSE: 'error',
    UNEXPECTED_TOOL_CALL: 'error',
    TOO_MANY_TOOL_CALLS: 'error',
    MISSING_THOUGHT_SIGNATURE: 'error',
  }),
)

/** The finish reason in our words. `error` means that the model failed: what it wrote last is lost. */
export function toFinishReason(raw: string): FinishReason {
  return REASONS.get(raw) ?? 'other'
}

/** Whether a chunk's finish reason is one at all: some gateways write the enumeration's zero into every chunk. */
export function isFinishReason(raw: unknown): raw is string {
  return typeof raw === 'string' && raw !== '' && raw !== 'FINISH_REASON_UNSPECIFIED'
}
