import { createHash } from 'node:crypto'
import type { MessagePart } from '#protocol/messages.ts'
import type { BranchMessage } from '#server/domain/generation.ts'

type ToolCallPart = Extract<MessagePart, { type: 'tool-call' }>
type ToolResultPart = Extract<MessagePart, { type: 'tool-result' }>

/** Which result belongs to which call. */
export interface ToolPairs {
  has(call: ToolCallPart): boolean
  /** What the result's message holds. Only for a call that has one. */
  resultOf(call: ToolCallPart): { tool_call_id: string; content: string }
}

/**
 * A result belongs to the last call before it that has its id: where servers give no ids, ours repeat themselves from answer
 * to answer. Ids that the vendor would refuse, because another one gave them, become others of nine letters and
 * digits, which all take; the same one each time, so that the prompt stays the same.
 */
export function pairToolCalls(messages: readonly BranchMessage[], allowedId: RegExp): ToolPairs {
  const waiting = new Map<string, ToolCallPart[]>()
  const results = new Map<ToolCallPart, ToolResultPart>()
  for (const part of messages.flatMap(({ parts }) => parts)) {
    if (part.type === 'tool-call') waiting.set(part.toolCallId, [...(waiting.get(part.toolCallId) ?? []), part])
    const call = part.type === 'tool-result' ? waiting.get(part.toolCallId)?.pop() : undefined
    if (call && part.type === 'tool-result') results.set(call, part)
  }
  return {
    has: (call) => results.has(call),
    resultOf(call) {
      const { toolCallId } = call
      return {
        tool_call_id: allowedId.test(toolCallId) ? toolCallId : shortId(toolCallId),
        content: results.get(call)?.content ?? '',
      }
    },
  }
}

function shortId(id: string): string {
  const digits = BigInt(`0x${createHash('sha256').update(id).digest('hex')}`).toString(36)
  return digits.slice(0, 9)
}
