import type { FinishReason } from '#protocol/events.ts'

const REASONS: ReadonlyMap<string, FinishReason> = new Map(
  Object.entries<FinishReason>({
    stop: 'stop',
    eos: 'stop',
    eos_token: 'stop',
    end_turn: 'stop',
    stop_sequence: 'stop',
    completed: 'stop',
    stop_token: 'stop',
    end: 'stop',
    done: 'stop',
    complete: 'stop',
    length: 'length',
    max_tokens: 'length',
    max_output_tokens: 'length',
    max_length: 'length',
    model_length: 'length',
    model_context_window_exceeded: 'length',
    tool_calls: 'tool-calls',
    tool_use: 'tool-calls',
    tool_call: 'tool-calls',
    function_call: 'tool-calls',
    content_filter: 'content-filter',
    content_filtered: 'content-filter',
    guardrail_intervened: 'content-filter',
    safety: 'content-filter',
    recitation: 'content-filter',
    prohibited_content: 'content-filter',
    blocklist: 'content-filter',
    spii: 'content-filter',
    sensitive: 'content-filter',
    refusal: 'content-filter',
    pause_turn: 'pause',
    error: 'error',
    abort: 'error',
    network_error: 'error',
    malformed_function_call: 'error',
    function_call_filter: 'error',
    insufficient_system_resource: 'error',
  }),
)

/**
 * The finish reason in our words. `error` means that the vendor broke off, although it may not say why. Gemini's compatible
 * server passes on its own words, some behind ours: `content_filter: RECITATION`.
 */
export function toFinishReason(raw: string): FinishReason {
  const [reason = ''] = raw.toLowerCase().split(':')
  return REASONS.get(reason) ?? 'other'
}
