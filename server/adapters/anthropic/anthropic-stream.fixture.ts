/** Streams as the Messages API frames them: each event named by its own type. */
export function sse(...events: object[]): string {
  return events.map((event) => `event: ${nameOf(event)}\ndata: ${JSON.stringify(event)}\n\n`).join('')
}

export function begin(usage: object = { input_tokens: 11, output_tokens: 1 }): object {
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null, usage }
  return { type: 'message_start', message }
}

/** A block in whole: its start, its deltas and its stop. */
export function block(index: number, start: object, ...deltas: object[]): object[] {
  return [
    { type: 'content_block_start', index, content_block: start },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ]
}

export function textBlock(index: number, ...texts: string[]): object[] {
  return block(index, { type: 'text', text: '' }, ...texts.map((text) => ({ type: 'text_delta', text })))
}

export function thinkingBlock(index: number, thinking: string, signature: string): object[] {
  const deltas = [{ type: 'thinking_delta', thinking }, ...(signature ? [{ type: 'signature_delta', signature }] : [])]
  return block(index, { type: 'thinking', thinking: '', signature: '' }, ...deltas)
}

export function toolBlock(index: number, id: string, name: string, ...pieces: string[]): object[] {
  const deltas = pieces.map((json) => ({ type: 'input_json_delta', partial_json: json }))
  return block(index, { type: 'tool_use', id, name, input: {} }, ...deltas)
}

export function finish(reason: string, usage: object = { output_tokens: 7 }, more: object = {}): object[] {
  const delta = { stop_reason: reason, stop_sequence: null, ...more }
  return [{ type: 'message_delta', delta, usage }, { type: 'message_stop' }]
}

/** An answer in full, with these blocks. */
export function stream(blocks: object[][], reason = 'end_turn'): string {
  return sse(begin(), ...blocks.flat(), ...finish(reason))
}

function nameOf(event: { type?: string }): string {
  return event.type ?? 'message'
}
