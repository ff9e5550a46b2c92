import type { Usage } from '#protocol/events.ts'
import type { Answer, MessagePart } from '#protocol/messages.ts'
import type { GenerationError } from '#protocol/provider-error.ts'
import type { ProviderEvent } from '#server/ports/provider.ts'

/** What became of one stream, wherever it was read: at the adapter, or out of a stored answer. */
export interface Outcome {
  /** Text and refusal, as a person sees them. */
  text: string
  reasoning: string
  toolCalls: { id: string; name: string; arguments: string }[]
  finishReason: string | undefined
  rawFinishReason: string | undefined
  usage: Usage | undefined
  error: GenerationError | undefined
}

export function outcomeOfEvents(events: readonly ProviderEvent[]): Outcome {
  const outcome = emptyOutcome()
  for (const event of events) {
    if (event.type === 'text-delta' || event.type === 'refusal-delta') outcome.text += event.text
    if (event.type === 'reasoning-delta') outcome.reasoning += event.text
    if (event.type === 'tool-call') outcome.toolCalls.push(toToolCall(event))
    if (event.type === 'usage') outcome.usage = event.usage
    if (event.type === 'error') outcome.error = event.error
    if (event.type !== 'finish') continue
    outcome.finishReason = event.reason
    outcome.rawFinishReason = event.rawReason
  }
  return outcome
}

/** `rawFinishReason` is not part of a stored answer; pass it from the log's last event where it matters. */
export function outcomeOfAnswer(answer: Answer, rawFinishReason?: string): Outcome {
  const outcome = emptyOutcome()
  for (const part of answer.parts) {
    if (part.type === 'text' || part.type === 'refusal') outcome.text += part.text
    if (part.type === 'reasoning') outcome.reasoning += part.text
    if (part.type === 'tool-call') outcome.toolCalls.push(toToolCall(part))
  }
  outcome.usage = answer.metrics.usage
  outcome.error = answer.error
  outcome.finishReason = answer.finishReason
  outcome.rawFinishReason = rawFinishReason
  return outcome
}

function emptyOutcome(): Outcome {
  return {
    text: '',
    reasoning: '',
    toolCalls: [],
    finishReason: undefined,
    rawFinishReason: undefined,
    usage: undefined,
    error: undefined,
  }
}

type ToolCall = Omit<Extract<MessagePart, { type: 'tool-call' }>, 'type'>

function toToolCall({ toolCallId, name, arguments: args }: ToolCall): Outcome['toolCalls'][number] {
  return { id: toolCallId, name, arguments: args }
}
