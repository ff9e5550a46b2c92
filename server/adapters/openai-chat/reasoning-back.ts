import type { MessagePart } from '#protocol/messages.ts'
import { isObject } from '#server/upstream/provider-error.ts'
import type { ChatMessage } from './chat-messages.ts'
import type { Fields, ReasoningBack } from './chat-rules.ts'

/** A message beside the reasoning that led to it. */
export type WithReasoning<Message> = Message & { reasoning?: MessagePart[] }

/**
 * Says earlier reasoning in the vendor's way where it is wanted, and takes it away everywhere else. It is wanted in turns
 * in which tools were called alone: there the model goes on with the thought that led to the call. Elsewhere vendors pass
 * it over, and a signature that another model gave is refused.
 */
export function keepReasoning(
  messages: readonly WithReasoning<ChatMessage>[],
  back: ReasoningBack | undefined,
): ChatMessage[] {
  const turns = toTurns(messages)
  return turns.flatMap((turn, n) => {
    const isWanted =
      back && (back.turns === 'all' || n === turns.length - 1) && turn.some((message) => message.tool_calls)
    return turn.map(({ reasoning = [], ...message }) =>
      isWanted && message.role === 'assistant' ? { ...message, ...reasoningFields(message, reasoning, back) } : message,
    )
  })
}

function toTurns(messages: readonly WithReasoning<ChatMessage>[]): WithReasoning<ChatMessage>[][] {
  const turns: WithReasoning<ChatMessage>[][] = [[]]
  for (const message of messages) {
    if (message.role === 'user') turns.push([])
    turns.at(-1)?.push(message)
  }
  return turns
}

function reasoningFields(message: ChatMessage, parts: readonly MessagePart[], back: ReasoningBack): Fields {
  const text = parts.map((part) => (part.type === 'reasoning' ? part.text : '')).join('')
  if (back.as === 'reasoning_details') {
    const details = parts.flatMap(detailsOf)
    return details.length > 0 ? { reasoning_details: details } : {}
  }
  if (text === '' && !back.evenEmpty) return {}
  if (back.as !== 'thinking-parts') return { [back.as]: text }
  const said = typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : (message.content ?? [])
  return { content: [{ type: 'thinking', thinking: [{ type: 'text', text }] }, ...said] }
}

/** OpenRouter's details as they came: their words were kept in the part, once. */
function detailsOf(part: MessagePart): unknown[] {
  const details = part.providerMetadata?.reasoningDetails
  if (part.type !== 'reasoning' || !Array.isArray(details)) return []
  const at = details.findIndex((detail) => isObject(detail) && detail.type === 'reasoning.text')
  return details.map((detail: unknown, n) => (n === at && isObject(detail) ? { ...detail, text: part.text } : detail))
}
