import { expect } from 'vitest'

/** A body and what it means. */
export interface AnswerCase {
  title: string
  body: string
  events: object[]
}

export const STOP = { type: 'finish', reason: 'stop', rawReason: 'completed' }
export const USAGE = { input_tokens: 9, input_tokens_details: { cached_tokens: 4 }, output_tokens: 5 }

export const text = (words: string) => ({ type: 'text-delta', text: words })
export const refusal = (words: string) => ({ type: 'refusal-delta', text: words })
export const reasoning = (words: string) => ({ type: 'reasoning-delta', text: words })
export const error = (fields: object) => ({ type: 'error', error: expect.objectContaining(fields) })
export const incomplete = error({ kind: 'incomplete', retryable: true })

export const created = { type: 'response.created', response: { id: 'resp_a', status: 'in_progress', output: [] } }
export const say = (delta: string, index = 0) => ({
  type: 'response.output_text.delta',
  item_id: 'msg',
  output_index: index,
  content_index: 0,
  delta,
})
export const think = (delta: string, part = 0, index = 0) => ({
  type: 'response.reasoning_summary_text.delta',
  item_id: 'rs',
  output_index: index,
  summary_index: part,
  delta,
})
export const itemDone = (index: number, item: object) => ({
  type: 'response.output_item.done',
  output_index: index,
  item,
})
export const message = (words: string, more: object = {}) => ({
  id: 'msg',
  type: 'message',
  role: 'assistant',
  content: [{ type: 'output_text', text: words, annotations: [] }],
  ...more,
})
export const call = (id: string, args: string, more: object = {}) => ({
  id: `fc_${id}`,
  type: 'function_call',
  call_id: id,
  name: 'look',
  arguments: args,
  ...more,
})
export const thought = (summary: string[], more: object = {}) => ({
  id: 'rs',
  type: 'reasoning',
  summary: summary.map((words) => ({ type: 'summary_text', text: words })),
  ...more,
})
export const completed = (output: object[] = [], more: object = {}) => ({
  type: 'response.completed',
  response: { id: 'resp_a', object: 'response', status: 'completed', output, ...more },
})

export function sse(...values: object[]): string {
  return values.map((value) => `data: ${JSON.stringify(value)}\n\n`).join('')
}

export function ended(status: string, more: object = {}): object {
  return { type: `response.${status}`, response: { id: 'resp_a', object: 'response', status, output: [], ...more } }
}

export function sealed(encryptedContent: string): object {
  return { type: 'reasoning-end', providerMetadata: { 'openai-responses': { id: 'rs', encryptedContent } } }
}

export function toolCall(toolCallId: string, args: string): object {
  return { type: 'tool-call', toolCallId, name: 'look', arguments: args }
}

export function annotation(url: string, title: string): object {
  return {
    type: 'response.output_text.annotation.added',
    output_index: 0,
    annotation: { type: 'url_citation', url, title },
  }
}

export function cited(words: string): object {
  const annotations = [
    { type: 'url_citation', url: 'https://a.example/2', title: 'Two' },
    { type: 'file_citation', file_id: 'file-1' },
  ]
  return message(words, { content: [{ type: 'output_text', text: words, annotations }] })
}
