import type { MessagePart } from '#protocol/messages.ts'
import type { BranchMessage } from '#server/domain/generation.ts'
import type { ProviderRequest } from '#server/ports/provider.ts'
import { isObject, parseJson } from '#server/upstream/provider-error.ts'
import { toAttachment, type ContentPart } from './chat-attachments.ts'
import type { ChatRules, Fields } from './chat-rules.ts'
import { keepReasoning, type WithReasoning } from './reasoning-back.ts'
import { pairToolCalls, type ToolPairs } from './tool-pairs.ts'

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant' | 'tool'
  content: string | ContentPart[] | null
  tool_calls?: Fields[]
  tool_call_id?: string
}

type ToolCallPart = Extract<MessagePart, { type: 'tool-call' }>

/**
 * The system prompt and the branch as the `messages` of a request.
 *
 * Messages that hold nothing to send (an answer that failed before its first word) are left out, and neighbours of one role
 * are joined by a blank line: several vendors and chat templates refuse roles that do not alternate. Tool results follow
 * their calls at once, wherever they stand in the branch; a call without a result and a result without a call are left
 * out, for every vendor refuses them. Sources are not sent, reasoning only where the vendor wants it back.
 */
export function toChatMessages(request: ProviderRequest, rules: ChatRules): ChatMessage[] {
  const pairs = pairToolCalls(request.messages, rules.toolCallId)
  const messages: WithReasoning<ChatMessage>[] = []
  if (request.systemPrompt !== undefined) append(messages, { role: 'system', content: request.systemPrompt })
  for (const message of request.messages) {
    if (message.role === 'assistant') appendAnswer(messages, message, pairs, request, rules)
    else if (message.role !== 'tool')
      append(messages, { role: message.role, content: toContent(message.parts, request, rules) })
  }
  return keepReasoning(messages, rules.reasoningBack)
}

/** One answer is several messages where the model went on after the results of its calls. */
function appendAnswer(
  messages: WithReasoning<ChatMessage>[],
  { parts }: BranchMessage,
  pairs: ToolPairs,
  request: ProviderRequest,
  rules: ChatRules,
): void {
  let begun: MessagePart[] = []
  const flush = () => {
    const calls = begun.filter((part): part is ToolCallPart => part.type === 'tool-call' && pairs.has(part))
    const content = toContent(begun, request, rules)
    const reasoning = begun.filter((part) => part.type === 'reasoning')
    if (calls.length === 0) append(messages, { role: 'assistant', content, reasoning })
    else {
      const tool_calls = calls.map((call) => toToolCall(call, pairs))
      append(messages, { role: 'assistant', content: isEmpty(content) ? null : content, tool_calls, reasoning })
      for (const call of calls) messages.push({ role: 'tool', ...pairs.resultOf(call) })
    }
    begun = []
  }
  for (const part of parts) {
    if (part.type === 'tool-result') flush()
    else begun.push(part)
  }
  flush()
}

function toToolCall(call: ToolCallPart, pairs: ToolPairs): Fields {
  const { name, providerMetadata } = call
  const { tool_call_id: id } = pairs.resultOf(call)
  const extra = providerMetadata?.extraContent
  return {
    id,
    type: 'function',
    function: { name, arguments: isObject(parseJson(call.arguments)) ? call.arguments : '{}' },
    ...(extra === undefined ? {} : { extra_content: extra }),
  }
}

/** Text alone stays a string, which every server takes. */
function toContent(parts: readonly MessagePart[], request: ProviderRequest, rules: ChatRules): string | ContentPart[] {
  const content: ContentPart[] = []
  for (const part of parts) {
    const last = content.at(-1)
    if (part.type === 'text' || part.type === 'refusal') {
      if (part.text === '') continue
      if (typeof last?.text === 'string') last.text += part.text
      else content.push({ type: 'text', text: part.text })
    } else if (part.type === 'image' || part.type === 'file') content.push(toAttachment(part, request, rules))
  }
  if (content.some(({ type }) => type !== 'text')) return content
  return content.map(({ text }) => String(text)).join('')
}

function append(messages: WithReasoning<ChatMessage>[], message: WithReasoning<ChatMessage>): void {
  const last = messages.at(-1)
  if (isEmpty(message.content) && !message.tool_calls) return
  if (last?.role !== message.role || last.tool_calls) messages.push(message)
  else {
    const reasoning = [...(last.reasoning ?? []), ...(message.reasoning ?? [])]
    Object.assign(last, message, { content: joined(last.content, message.content), reasoning })
  }
}

function isEmpty(content: ChatMessage['content']): boolean {
  return content === null || (typeof content === 'string' ? content.trim() === '' : content.length === 0)
}

function joined(first: ChatMessage['content'], second: ChatMessage['content']): ChatMessage['content'] {
  if (first === null || isEmpty(second)) return first ?? second
  if (typeof first === 'string' && typeof second === 'string') return `${first}\n\n${second}`
  return [...asParts(first), ...asParts(second)]
}

function asParts(content: ChatMessage['content']): ContentPart[] {
  if (content === null) return []
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content
}
