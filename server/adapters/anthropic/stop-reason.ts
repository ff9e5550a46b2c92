import type { FinishReason } from '#protocol/events.ts'

/** https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons */
const REASONS: ReadonlyMap<string, FinishReason> = new Map(
  Object.entries<FinishReason>({
    end_turn: 'stop',
    stop_sequence: 'stop',
    max_tokens: 'length',
    model_context_window_exceeded: 'length',
    tool_use: 'tool-calls',
    refusal: 'content-filter',
    pause_turn: 'pause',
  }),
)

export function toFinishReason(raw: string): FinishReason {
  return REASONS.get(raw) ?? 'other'
}
