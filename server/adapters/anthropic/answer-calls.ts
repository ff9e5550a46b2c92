import type { AnthropicMessage, ContentBlock, ToolResult } from './anthropic-messages.ts'

/**
 * Makes every tool call stand right before its result, as the API demands: the results come first in the message after the
 * calls. A call that nobody answered is answered with an error; a result whose call is not there becomes text.
 */
export function answerCalls(messages: readonly AnthropicMessage[]): AnthropicMessage[] {
  const answered: AnthropicMessage[] = []
  let calls: string[] = []
  for (const message of messages) {
    if (message.role === 'assistant') {
      answered.push(message)
      calls = message.content.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []))
      continue
    }
    answered.push({ role: 'user', content: resultsFirst(message.content, calls) })
    calls = []
  }
  if (calls.length > 0) answered.push({ role: 'user', content: resultsFirst([], calls) })
  return answered
}

function resultsFirst(content: readonly ContentBlock[], calls: readonly string[]): ContentBlock[] {
  const results = new Map<string, ToolResult>()
  const rest: ContentBlock[] = []
  for (const block of content) {
    if (block.type !== 'tool_result') rest.push(block)
    else if (calls.includes(block.tool_use_id) && !results.has(block.tool_use_id)) results.set(block.tool_use_id, block)
    else if (block.content !== undefined) rest.push({ type: 'text', text: `Result of a tool call:\n${block.content}` })
  }
  return [...calls.map((id) => results.get(id) ?? missingResult(id)), ...rest]
}

function missingResult(id: string): ToolResult {
  return { type: 'tool_result', tool_use_id: id, content: 'The call was not answered.', is_error: true }
}
